/** Numbers as people read them: `3,041,199 rows`, `48.1 M`, `38 MB`, `1.1 s`. The same on every machine. */

/** All digits, in groups of three. */
export function exactCount(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** Exact up to 99,999; beyond, three digits and a unit: `128 k`, `48.1 M`, `2.04 G`. */
export function roundCount(value: number): string {
  return value < 100_000
    ? exactCount(Math.round(value))
    : threeDigits(value, 1_000, ['', ' k', ' M', ' G', ' T', ' P']);
}

/** `512 B`, `38.0 MB`: powers of ten, as disks and object stores count. */
export function byteCount(bytes: number): string {
  return threeDigits(bytes, 1_000, [' B', ' kB', ' MB', ' GB', ' TB', ' PB']);
}

/** `0.3 s`, `42 s`, `6 min 5 s`, `3 h 20 min`. */
export function secondCount(seconds: number): string {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  const minutes = Math.round(seconds / 60);
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

function threeDigits(value: number, step: number, units: readonly string[]): string {
  let scaled = value;
  let unit = 0;
  // 999.5 would print as 1000.
  while (scaled >= step - 0.5 && unit < units.length - 1) {
    scaled /= step;
    unit++;
  }
  const digits = unit === 0 || scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  return scaled.toFixed(digits) + units[unit]!;
}
