function plain(value) {
  return typeof value === "number" ? format(value, "r") : String(value);
}
function format(value, spec) {
  const [, plus, digits, kind] = /^(\+?)(?:\.(\d+))?([efgr])$/.exec(spec);
  if (Number.isNaN(value)) return `${plus}nan`;
  const sign = value < 0 || Object.is(value, -0) ? "-" : plus;
  const size = Math.abs(value);
  if (size === Infinity) return `${sign}inf`;
  if (kind === "r") return sign + size;
  const precision = digits === undefined ? 6 : Number(digits);
  if (kind === "f") return sign + rounded(size, precision, "toFixed");
  if (kind === "e") return sign + exponential(rounded(size, precision, "toExponential"));
  const places = Math.max(precision, 1) - 1;
  const short = rounded(size, places, "toExponential");
  const exponent = Number(short.slice(short.indexOf("e") + 1));
  if (exponent < -4 || exponent > places) return sign + exponential(short.replace(/(\.\d*?)0+e/, "$1e").replace(".e", "e"));
  const text = rounded(size, places - exponent, "toFixed");
  return sign + (text.includes(".") ? text.replace(/\.?0+$/, "") : text);
}
function rounded(size, places, way) {
  const [number, exponent] = size[way](Math.min(places + 25, 100)).split("e");
  const tie = /^(.*[02468]\.?)50{24}$/.exec(number);
  if (!tie) return size[way](places);
  return tie[1].replace(/\.$/, "") + (exponent === undefined ? "" : `e${exponent}`);
}
function exponential(text) {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}
function ravel(value) {
  return [value].flat(Infinity);
}
function each(value, of) {
  return Array.isArray(value) ? value.map((one) => each(one, of)) : of(value);
}
function argmax(values) {
  const unknown = values.findIndex(Number.isNaN);
  return unknown < 0 ? values.indexOf(Math.max(...values)) : unknown;
}
