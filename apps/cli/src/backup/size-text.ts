/** `1.4 MB`, in powers of 1,000. */
export function sizeText(bytes: number): string {
  const units = ['kB', 'MB', 'GB', 'TB'];
  if (bytes < 1_000) return `${bytes} bytes`;
  let [value, unit] = [bytes / 1_000, 0];
  while (value >= 999.95 && unit < units.length - 1) [value, unit] = [value / 1_000, unit + 1];
  return `${value.toFixed(1)} ${units[unit] ?? ''}`;
}
