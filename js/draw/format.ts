// Numbers as text. Hyphen-minus throughout, so that what is read can be typed and parsed.

/** `digits` significant digits, plain where that is short, else with an exponent. */
export function formatNumber(value: number, digits = 4): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  if (value === 0) return "0";
  const magnitude = Math.floor(Math.log10(Math.abs(value)));
  if (magnitude < -4 || magnitude >= 6) return formatExponential(value, digits);
  return value.toFixed(Math.max(0, digits - 1 - magnitude));
}

/** `digits` significant digits and an exponent: 4.7e-2. */
export function formatExponential(value: number, digits = 2): string {
  if (!Number.isFinite(value)) return formatNumber(value);
  return value.toExponential(digits - 1).replace("e+", "e");
}

/** A relative error: two digits are plenty. */
export function formatError(value: number): string {
  return value === 0 ? "0" : formatExponential(value, 2);
}

/** A duration given in seconds, in the unit that keeps it between 1 and 1000. */
export function formatTime(seconds: number): string {
  if (!Number.isFinite(seconds)) return formatNumber(seconds);
  const [scale, unit] = seconds < 1e-3 ? [1e6, "µs"] : seconds < 1 ? [1e3, "ms"] : [1, "s"];
  const value = seconds * (scale as number);
  return `${value < 10 ? Number(value.toFixed(1)) : Math.round(value)} ${unit}`;
}

/** What a field shows: the number itself, without the noise of binary fractions. */
export function formatField(value: unknown): string {
  if (typeof value === "number") return String(Number(value.toPrecision(10)));
  return Array.isArray(value) ? JSON.stringify(value) : String(value ?? "");
}

/** Whole numbers with thousands set apart: 4,000. */
export function formatCount(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A share as a percentage that says 100 % only when it is. */
export function formatPercent(share: number): string {
  if (!Number.isFinite(share)) return "—";
  const percent = share * 100;
  if (percent > 99 && percent < 100) return `${Math.min(99.9, percent).toFixed(1)} %`;
  return `${percent.toFixed(percent < 10 && percent > 0 ? 1 : 0)} %`;
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A power of ten: 10⁻⁴. */
export function formatPower(exponent: number): string {
  if (exponent === 0) return "1";
  const digits = [...String(Math.abs(exponent))].map((digit) => SUPERSCRIPTS[Number(digit)]);
  return `10${exponent < 0 ? "⁻" : ""}${digits.join("")}`;
}

/** For the eye only: a true minus sign. */
export function typeset(text: string): string {
  return text.replace(/-/g, "−");
}

/**
 * Splits a formatted number after the significant digits that a relative error leaves certain.
 * @returns the trusted head and the doubtful tail; the tail is empty when all digits are good.
 */
export function splitDigits(text: string, relativeError: number): [string, string] {
  if (!(relativeError > 0)) return [text, ""];
  const trusted = Math.max(0, Math.floor(-Math.log10(2 * relativeError)));
  let seen = 0;
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string;
    if (char === "e") break;
    if (/[1-9]/.test(char) || (char === "0" && seen > 0)) {
      if (seen === trusted) return [text.slice(0, i), text.slice(i)];
      seen++;
    }
  }
  return [text, ""];
}
