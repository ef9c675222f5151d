// Helper functions of translated programs. Only those in use are copied into a module.

const fround = Math.fround;

// Scratch memory: the same eight bytes as numbers of every width, and a pair of results.
const F64 = new Float64Array(1);
const F32 = new Float32Array(F64.buffer);
const I32 = new Int32Array(F64.buffer);
const U32 = new Uint32Array(F64.buffer);
const I64 = new BigInt64Array(F64.buffer);
const U64 = new BigUint64Array(F64.buffer);
const W = new Int32Array(2);
const K = new Uint32Array(2);

// --- Floats ------------------------------------------------------------------------------------

// C's pow: 1 to any power is 1, and so is (-1) to an infinite one.
function power(a, b) {
  return a === 1 || (a === -1 && (b === Infinity || b === -Infinity)) ? 1 : Math.pow(a, b);
}

function roundEven(x) {
  const a = Math.abs(x);
  const out = a < 4503599627370496 ? a + 4503599627370496 - 4503599627370496 : a;
  return x < 0 || Object.is(x, -0) ? -out : out;
}

function roundAway(x) {
  const a = Math.abs(x);
  const floor = Math.floor(a);
  const out = a - floor >= 0.5 ? floor + 1 : floor;
  return x < 0 || Object.is(x, -0) ? -out : out;
}

// |x| rounded to a float with so many bits of exponent and mantissa.
function reducePrecision(x, exponentBits, mantissaBits) {
  if (!Number.isFinite(x) || x === 0) return x;
  const bias = 2 ** (exponentBits - 1) - 1;
  F64[0] = x;
  const exponent = ((I32[1] >>> 20) & 2047) - 1023;
  if (exponent < 1 - bias) return x < 0 ? -0 : 0;
  const unit = 2 ** Math.max(exponent - mantissaBits, -1074);
  const out = roundEven(x / unit) * unit;
  return Math.abs(out) >= 2 ** (bias + 1) ? (x < 0 ? -Infinity : Infinity) : out;
}

function nextAfter64(x, y) {
  if (x !== x || y !== y) return NaN;
  if (x === y) return y;
  if (x === 0) return y > 0 ? 5e-324 : -5e-324;
  F64[0] = x;
  I64[0] += x < y === x > 0 ? 1n : -1n;
  return F64[0];
}

function nextAfter32(x, y) {
  if (x !== x || y !== y) return NaN;
  if (x === y) return y;
  F32[0] = x;
  if (x === 0) I32[0] = y > 0 ? 1 : -2147483647;
  else I32[0] += x < y === x > 0 ? 1 : -1;
  return F32[0];
}

// The value of a polynomial whose coefficients are listed from the highest power down.
function polynomial(x, coefficients) {
  let out = coefficients[0];
  for (let i = 1; i < coefficients.length; i++) out = out * x + coefficients[i];
  return out;
}

function polynomial32(x, coefficients) {
  let out = fround(coefficients[0]);
  for (let i = 1; i < coefficients.length; i++) out = fround(fround(coefficients[i]) + fround(out * x));
  return out;
}

// Inverse of the error function: M. Giles, "Approximating the erfinv function" (2010), as in XLA.
function erfInv64(x) {
  let w = -Math.log1p(-x * x);
  if (Math.abs(x) === 1) return x * Infinity;
  if (w < 6.25) {
    return x * polynomial(w - 3.125, [
      -3.6444120640178196996e-21, -1.685059138182016589e-19, 1.2858480715256400167e-18,
      1.115787767802518096e-17, -1.333171662854620906e-16, 2.0972767875968561637e-17,
      6.6376381343583238325e-15, -4.0545662729752068639e-14, -8.1519341976054721522e-14,
      2.6335093153082322977e-12, -1.2975133253453532498e-11, -5.4154120542946279317e-11,
      1.051212273321532285e-09, -4.1126339803469836976e-09, -2.9070369957882005086e-08,
      4.2347877827932403518e-07, -1.3654692000834678645e-06, -1.3882523362786468719e-05,
      0.0001867342080340571352, -0.00074070253416626697512, -0.0060336708714301490533,
      0.24015818242558961693, 1.6536545626831027356,
    ]);
  }
  w = Math.sqrt(w);
  if (w < 4) {
    return x * polynomial(w - 3.25, [
      2.2137376921775787049e-09, 9.0756561938885390979e-08, -2.7517406297064545428e-07,
      1.8239629214389227755e-08, 1.5027403968909827627e-06, -4.013867526981545969e-06,
      2.9234449089955446044e-06, 1.2475304481671778723e-05, -4.7318229009055733981e-05,
      6.8284851459573175448e-05, 2.4031110387097893999e-05, -0.0003550375203628474796,
      0.00095328937973738049703, -0.0016882755560235047313, 0.0024914420961078508066,
      -0.0037512085075692412107, 0.005370914553590063617, 1.0052589676941592334,
      3.0838856104922207635,
    ]);
  }
  return x * polynomial(w - 5, [
    -2.7109920616438573243e-11, -2.5556418169965252055e-10, 1.5076572693500548083e-09,
    -3.7894654401267369937e-09, 7.6157012080783393804e-09, -1.4960026627149240478e-08,
    2.9147953450901080826e-08, -6.7711997758452339498e-08, 2.2900482228026654717e-07,
    -9.9298272942317002539e-07, 4.5260625972231537039e-06, -1.9681778105531670567e-05,
    7.5995277030017761139e-05, -0.00021503011930044477347, -0.00013871931833623122026,
    1.0103004648645343977, 4.8499064014085844221,
  ]);
}

function erfInv32(x) {
  let w = fround(-Math.log1p(-fround(x * x)));
  if (Math.abs(x) === 1) return x * Infinity;
  if (w < 5) {
    return fround(x * polynomial32(fround(w - 2.5), [
      2.81022636e-08, 3.43273939e-07, -3.5233877e-06, -4.39150654e-06, 0.00021858087,
      -0.00125372503, -0.00417768164, 0.246640727, 1.50140941,
    ]));
  }
  w = fround(fround(Math.sqrt(w)) - 3);
  return fround(x * polynomial32(w, [
    -0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773,
    -0.0076224613, 0.00943887047, 1.00167406, 2.83297682,
  ]));
}

// The error function and its complement: the rational approximations of W. J. Cody (1969) in the
// form of Sun's fdlibm (s_erf.c).
const ERF_SMALL = [
  [-2.37630166566501626084e-05, -5.77027029648944159157e-03, -2.84817495755985104766e-02,
    -3.25042107247001499370e-01, 1.28379167095512558561e-01],
  [-3.96022827877536812320e-06, 1.32494738004321644526e-04, 5.08130628187576562776e-03,
    6.50222499887672944485e-02, 3.97917223959155352819e-01, 1],
];
const ERF_MIDDLE = [
  [-2.16637559486879084300e-03, 3.54783043256182359371e-02, -1.10894694282396677476e-01,
    3.18346619901161753674e-01, -3.72207876035701323847e-01, 4.14856118683748331666e-01,
    -2.36211856075265944077e-03],
  [1.19844998467991074170e-02, 1.36370839120290507362e-02, 1.26171219808761642112e-01,
    7.18286544141962662868e-02, 5.40397917702171048937e-01, 1.06420880400844228286e-01, 1],
];
const ERFC_NEAR = [
  [-9.81432934416914548592e+00, -8.12874355063065934246e+01, -1.84605092906711035994e+02,
    -1.62396669462573470355e+02, -6.23753324503260060396e+01, -1.05586262253232909814e+01,
    -6.93858572707181764372e-01, -9.86494403484714822705e-03],
  [-6.04244152148580987438e-02, 6.57024977031928170135e+00, 1.08635005541779435134e+02,
    4.29008140027567833386e+02, 6.45387271733267880336e+02, 4.34565877475229228821e+02,
    1.37657754143519042600e+02, 1.96512716674392571292e+01, 1],
];
const ERFC_FAR = [
  [-4.83519191608651397019e+02, -1.02509513161107724954e+03, -6.37566443368389627722e+02,
    -1.60636384855821916062e+02, -1.77579549177547519889e+01, -7.99283237680523006574e-01,
    -9.86494292470009928597e-03],
  [-2.24409524465858183362e+01, 4.74528541206955367215e+02, 2.55305040643316442583e+03,
    3.19985821950859553908e+03, 1.53672958608443695994e+03, 3.25792512996573918826e+02,
    3.03380607434824582924e+01, 1],
];

function ratio(x, fraction) {
  return polynomial(x, fraction[0]) / polynomial(x, fraction[1]);
}

// erfc for a = |x| >= 1.25.
function erfcTail(a) {
  if (a >= 28) return 0;
  F64[0] = a;
  I32[0] = 0;
  const z = F64[0];
  const r = ratio(1 / (a * a), a < 1 / 0.35 ? ERFC_NEAR : ERFC_FAR);
  return (Math.exp(-z * z - 0.5625) * Math.exp((z - a) * (z + a) + r)) / a;
}

function erf(x) {
  const a = Math.abs(x);
  if (a < 0.84375) {
    if (a < 2 ** -28) return 0.125 * (8 * x + 1.02703333676410069053 * x);
    return x + x * ratio(x * x, ERF_SMALL);
  }
  const y = a < 1.25 ? 0.845062911510467529297 + ratio(a - 1, ERF_MIDDLE) : 1 - erfcTail(a);
  return x < 0 ? -y : y;
}

function erfc(x) {
  const a = Math.abs(x);
  if (a < 0.84375) {
    if (a < 2 ** -56) return 1 - x;
    const y = ratio(x * x, ERF_SMALL);
    return x < 0.25 ? 1 - (x + x * y) : 0.5 - (x - 0.5 + x * y);
  }
  if (a < 1.25) {
    const y = ratio(a - 1, ERF_MIDDLE);
    return x >= 0 ? 1 - 0.845062911510467529297 - y : 1 + (0.845062911510467529297 + y);
  }
  return x < 0 ? 2 - erfcTail(a) : erfcTail(a);
}

// C. Lanczos, "A Precision Approximation of the Gamma Function" (1964), g = 7, as in XLA.
const LANCZOS = [
  676.520368121885098567009190444019, -1259.13921672240287047156078755283,
  771.3234287776530788486528258894, -176.61502916214059906584551354,
  12.507343278686904814458936853, -0.13857109526572011689554707,
  9.984369578019570859563e-6, 1.50563273514931155834e-7,
];

function lgamma(x) {
  if (x === Infinity || x === -Infinity) return Infinity;
  const reflect = x < 0.5;
  const z = reflect ? -x : x - 1;
  let sum = 0.99999999999980993227684700473478;
  for (let i = 0; i < 8; i++) sum += LANCZOS[i] / (z + i + 1);
  const t = 7.5 + z;
  const logT = Math.log(7.5) + Math.log1p(z / 7.5);
  const y = (z + 0.5 - t / logT) * logT + 0.91893853320467274178 + Math.log(sum);
  if (!reflect) return y;
  const a = Math.abs(x);
  const fraction = a - Math.floor(a);
  const s = Math.log(Math.sin(Math.PI * (fraction > 0.5 ? 1 - fraction : fraction)));
  return Number.isFinite(s) ? 1.14472988584940017414 - s - y : -s;
}

function digamma(x) {
  if (x <= 0 && x === Math.floor(x)) return NaN;
  const reflect = x < 0.5;
  const z = reflect ? -x : x - 1;
  let top = 0;
  let sum = 0.99999999999980993227684700473478;
  for (let i = 0; i < 8; i++) {
    const d = z + i + 1;
    top -= LANCZOS[i] / (d * d);
    sum += LANCZOS[i] / d;
  }
  const t = 7.5 + z;
  const y = Math.log(7.5) + Math.log1p(z / 7.5) + top / sum - 7 / t;
  if (!reflect) return y;
  const a = Math.PI * (x + Math.abs(Math.floor(x + 0.5)));
  return y - (Math.PI * Math.cos(a)) / Math.sin(a);
}

// --- Integers ----------------------------------------------------------------------------------

function popcount(x) {
  x -= (x >>> 1) & 0x55555555;
  x = (x & 0x33333333) + ((x >>> 2) & 0x33333333);
  return Math.imul((x + (x >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

// The high word of the product of two unsigned words.
function timesHigh(a, b) {
  const al = a & 65535;
  const ah = a >>> 16;
  const bl = b & 65535;
  const bh = b >>> 16;
  const low = Math.imul(al, bl) >>> 16;
  const middle = (Math.imul(ah, bl) >>> 0) + low;
  const rest = (middle & 65535) + (Math.imul(al, bh) >>> 0);
  return (Math.imul(ah, bh) + Math.floor(middle / 65536) + Math.floor(rest / 65536)) | 0;
}

function toBig(low, high, signed) {
  I32[0] = low;
  I32[1] = high;
  return signed ? I64[0] : U64[0];
}

function fromBig(big) {
  I64[0] = BigInt.asIntN(64, big);
  W[0] = I32[0];
  W[1] = I32[1];
}

// Quotient or remainder of 64-bit integers, with XLA's answers for division by zero and overflow.
function divide64(al, ah, bl, bh, signed, remainder) {
  if (bl === 0 && bh === 0) {
    W[0] = remainder ? al : -1;
    W[1] = remainder ? ah : -1;
    return;
  }
  const a = (signed ? ah : ah >>> 0) * 4294967296 + (al >>> 0);
  const b = (signed ? bh : bh >>> 0) * 4294967296 + (bl >>> 0);
  if (Math.abs(a) <= 9007199254740991 && Math.abs(b) <= 9007199254740991) {
    const rest = a % b;
    const out = remainder ? rest : (a - rest) / b;
    W[0] = out | 0;
    W[1] = Math.floor(out / 4294967296) | 0;
    return;
  }
  const left = toBig(al, ah, signed);
  const right = toBig(bl, bh, signed);
  fromBig(remainder ? left % right : left / right);
}

// How far to shift, at most 64, by an amount that is taken as unsigned.
function shiftAmount64(low, high) {
  return high !== 0 || low >>> 0 > 64 ? 64 : low;
}

function shiftLeft64(low, high, n) {
  W[0] = n < 32 ? low << n : 0;
  W[1] = n === 0 ? high : n < 32 ? (high << n) | (low >>> (32 - n)) : n < 64 ? low << (n - 32) : 0;
}

function shiftRight64(low, high, n, fill) {
  W[0] =
    n === 0 ? low
    : n < 32 ? (low >>> n) | (high << (32 - n))
    : n < 64 ? (fill === 0 ? high >>> (n - 32) : high >> (n - 32))
    : fill;
  W[1] = n < 32 ? (fill === 0 ? high >>> n : high >> n) : fill;
}

// --- Conversions -------------------------------------------------------------------------------

function saturate(x, low, high) {
  return x !== x ? 0 : x <= low ? low : x >= high ? high : Math.trunc(x);
}

function floatToSigned64(x) {
  if (x !== x) x = 0;
  if (x >= 9223372036854775808) {
    W[0] = -1;
    W[1] = 2147483647;
  } else if (x < -9223372036854775808) {
    W[0] = 0;
    W[1] = -2147483648;
  } else {
    x = Math.trunc(x);
    W[1] = Math.floor(x / 4294967296);
    W[0] = x | 0;
  }
}

function floatToUnsigned64(x) {
  if (!(x > 0)) x = 0;
  if (x >= 18446744073709551616) {
    W[0] = -1;
    W[1] = -1;
  } else {
    x = Math.trunc(x);
    W[1] = Math.floor(x / 4294967296) | 0;
    W[0] = x | 0;
  }
}

// A 64-bit integer rounded once, to float32.
function wordsToFloat32(low, high, signed) {
  let h = signed ? high : high >>> 0;
  let l = low >>> 0;
  // Far below what float32 keeps, a bit stands for all bits lost in rounding to float64.
  if (h >= 2097152 || h < -2097152) l = ((l & ~4095) | (l & 4095 ? 2048 : 0)) >>> 0;
  return fround(h * 4294967296 + l);
}

function bitsToFloat64(low, high) {
  I32[0] = low;
  I32[1] = high;
  return F64[0];
}

function float64Low(x) {
  F64[0] = x;
  return I32[0];
}

function float64High(x) {
  F64[0] = x;
  return I32[1];
}

function bitsToFloat32(bits) {
  I32[0] = bits;
  return F32[0];
}

function float32Bits(x) {
  F32[0] = x;
  return I32[0];
}

// --- Random bits -------------------------------------------------------------------------------

// Threefry-2x32, 20 rounds: J. K. Salmon et al., "Parallel random numbers: as easy as 1, 2, 3"
// (2011). The two words of the result are left in K.
function threefry2x32(k0, k1, x0, x1) {
  const k2 = k0 ^ k1 ^ 0x1bd11bda;
  let a = (x0 + k0) | 0;
  let b = (x1 + k1) | 0;
  for (let round = 0; round < 5; round++) {
    const even = (round & 1) === 0;
    a = (a + b) | 0;
    b = (even ? (b << 13) | (b >>> 19) : (b << 17) | (b >>> 15)) ^ a;
    a = (a + b) | 0;
    b = (even ? (b << 15) | (b >>> 17) : (b << 29) | (b >>> 3)) ^ a;
    a = (a + b) | 0;
    b = (even ? (b << 26) | (b >>> 6) : (b << 16) | (b >>> 16)) ^ a;
    a = (a + b) | 0;
    b = (even ? (b << 6) | (b >>> 26) : (b << 24) | (b >>> 8)) ^ a;
    const next = (round + 1) % 3;
    const after = (round + 2) % 3;
    a = (a + (next === 0 ? k0 : next === 1 ? k1 : k2)) | 0;
    b = (b + (after === 0 ? k0 : after === 1 ? k1 : k2) + round + 1) | 0;
  }
  K[0] = a;
  K[1] = b;
}

// --- Sorting -----------------------------------------------------------------------------------

// JAX's order of floats: -0 equals 0, and every NaN comes last.
function compareFloats(a, b) {
  return a < b ? -1 : a > b ? 1 : a === b ? 0 : a === a ? -1 : b === b ? 1 : 0;
}

function compareNumbers(a, b) {
  return a - b;
}

function compareSigned64(al, ah, bl, bh) {
  return ah - bh || (al >>> 0) - (bl >>> 0);
}

function compareUnsigned64(al, ah, bl, bh) {
  return (ah >>> 0) - (bh >>> 0) || (al >>> 0) - (bl >>> 0);
}

// --- Dense linear algebra: a row-major n x n block of an array that starts at `start` ------------

function cholesky(a, start, n, round) {
  for (let j = 0; j < n; j++) {
    for (let i = j; i < n; i++) {
      let sum = a[start + i * n + j];
      for (let k = 0; k < j; k++) {
        sum = round(sum - round(a[start + i * n + k] * a[start + j * n + k]));
      }
      if (i === j) {
        if (!(sum > 0)) return void a.fill(NaN, start, start + n * n);
        a[start + j * n + j] = Math.sqrt(sum);
      } else {
        a[start + i * n + j] = sum / a[start + j * n + j];
      }
    }
    for (let i = 0; i < j; i++) a[start + i * n + j] = 0;
  }
}

function identity(x) {
  return x;
}

// Solves T x = b in place for each column of the n x m block b; `row` and `column` are the strides
// of T, so that a transposed matrix is the same matrix read the other way.
function solveTriangular(t, tStart, row, column, b, bStart, bRow, bColumn, n, m, lower, unit, round) {
  for (let c = 0; c < m; c++) {
    for (let s = 0; s < n; s++) {
      const i = lower ? s : n - 1 - s;
      let sum = b[bStart + i * bRow + c * bColumn];
      for (let k = lower ? 0 : i + 1; k < (lower ? i : n); k++) {
        sum = round(sum - round(t[tStart + i * row + k * column] * b[bStart + k * bRow + c * bColumn]));
      }
      b[bStart + i * bRow + c * bColumn] = unit ? sum : sum / t[tStart + i * (row + column)];
    }
  }
}

// LU with partial pivoting, in place, of an m x n block.
function lu(a, start, pivots, pivotStart, permutation, permutationStart, m, n, round) {
  for (let i = 0; i < m; i++) permutation[permutationStart + i] = i;
  for (let j = 0; j < Math.min(m, n); j++) {
    let p = j;
    for (let i = j + 1; i < m; i++) {
      if (Math.abs(a[start + i * n + j]) > Math.abs(a[start + p * n + j])) p = i;
    }
    pivots[pivotStart + j] = p;
    if (p !== j) {
      for (let k = 0; k < n; k++) {
        const swap = a[start + j * n + k];
        a[start + j * n + k] = a[start + p * n + k];
        a[start + p * n + k] = swap;
      }
      const swap = permutation[permutationStart + j];
      permutation[permutationStart + j] = permutation[permutationStart + p];
      permutation[permutationStart + p] = swap;
    }
    const pivot = a[start + j * n + j];
    for (let i = j + 1; i < m; i++) {
      // A zero pivot leaves its column, as LAPACK does.
      const factor = pivot === 0 ? a[start + i * n + j] : round(a[start + i * n + j] / pivot);
      a[start + i * n + j] = factor;
      for (let k = j + 1; k < n; k++) {
        a[start + i * n + k] = round(a[start + i * n + k] - round(factor * a[start + j * n + k]));
      }
    }
  }
}

// The permutation that swaps rows as the pivots of `lu` say.
function permutationOf(pivots, start, count, out, outStart, size) {
  for (let i = 0; i < size; i++) out[outStart + i] = i;
  for (let i = 0; i < count; i++) {
    const p = outStart + pivots[start + i];
    const swap = out[outStart + i];
    out[outStart + i] = out[p];
    out[p] = swap;
  }
}

// --- Arguments and results ---------------------------------------------------------------------

function describe(value) {
  if (Array.isArray(value)) return `an array of length ${value.length}`;
  if (value === null || value === undefined) return String(value);
  if (typeof value === "object") return ArrayBuffer.isView(value) ? "a typed array" : "an object";
  return typeof value === "string" ? "a string" : `${typeof value} ${String(value)}`;
}

function wrong(where, expected, value) {
  return new TypeError(`${where} must be ${expected}, not ${describe(value)}.`);
}

function takeFloat(value, where) {
  if (typeof value !== "number") throw wrong(where, "a number", value);
  return value;
}

function takeInteger(value, where, low, high) {
  if (!Number.isInteger(value) || value < low || value > high) {
    throw wrong(where, `an integer from ${low} to ${high}`, value);
  }
  return value + 0;
}

function takeBoolean(value, where) {
  if (typeof value !== "boolean") throw wrong(where, "true or false", value);
  return value;
}

// A 64-bit integer is a number where that is exact, or a BigInt; its words are left in W.
function takeInteger64(value, where, signed) {
  if (Number.isSafeInteger(value) && (signed || value >= 0)) {
    W[0] = value | 0;
    W[1] = Math.floor(value / 4294967296) | 0;
    return;
  }
  const exact = typeof value === "bigint" || Number.isSafeInteger(value);
  const big = exact ? BigInt(value) : 0n;
  const fits = signed ? BigInt.asIntN(64, big) === big : BigInt.asUintN(64, big) === big;
  if (!exact || !fits) {
    throw wrong(where, `a ${signed ? "signed" : "non-negative"} 64-bit integer: a safe integer or a BigInt`, value);
  }
  fromBig(big);
}

// Reads a nested array of the given shape; the innermost level may be a typed array.
function takeArray(value, where, shape, read, level = 0) {
  if (level === shape.length) return read(value, where);
  const isArray = Array.isArray(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView));
  if (!isArray || value.length !== shape[level]) {
    const rest = shape.slice(level);
    const nested = rest.length > 1 ? `nested arrays of shape (${rest.join(", ")})` : `an array of length ${rest[0]}`;
    throw wrong(where, nested, value);
  }
  for (let i = 0; i < value.length; i++) takeArray(value[i], `${where}[${i}]`, shape, read, level + 1);
}

function takeObject(value, where, names) {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw wrong(where, `an object with ${names.join(", ")}`, value);
  }
  for (const name of names) {
    if (!(name in value)) throw new TypeError(`${where} lacks ${name}: it must be an object with ${names.join(", ")}.`);
  }
  return value;
}

function takeTuple(value, where, length) {
  if (!Array.isArray(value) || value.length !== length) {
    throw wrong(where, `an array of length ${length}`, value);
  }
  return value;
}

function takeNull(value, where) {
  if (value !== null && value !== undefined) throw wrong(where, "null", value);
}

// A 64-bit integer as a number where that is exact, else as a BigInt.
function giveInteger64(low, high, signed) {
  const value = (signed ? high : high >>> 0) * 4294967296 + (low >>> 0);
  return Number.isSafeInteger(value) ? value : toBig(low, high, signed);
}

// Nested arrays of the given shape, whose elements are `get(0)`, `get(1)`, ...
function giveArray(shape, get, level = 0, start = 0) {
  if (level === shape.length) return get(start);
  let size = 1;
  for (let i = level + 1; i < shape.length; i++) size *= shape[i];
  const out = new Array(shape[level]);
  for (let i = 0; i < out.length; i++) out[i] = giveArray(shape, get, level + 1, start + i * size);
  return out;
}
