/** In this order: many browsers carry the names of others. */
const browsers: readonly (readonly [RegExp, string])[] = [
  [/\bEdgA?\//, 'Edge'],
  [/\bOPR\//, 'Opera'],
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bChrome\/|\bChromium\/|\bCriOS\/|\bHeadlessChrome\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
];
const systems: readonly (readonly [RegExp, string])[] = [
  [/\biPhone\b|\biPad\b/, 'iOS'],
  [/\bAndroid\b/, 'Android'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b/, 'Linux'],
];

/**
 * Enough for a person to know their own browser by, `Firefox on Windows`, and too little to tell people apart by.
 * Undefined for what is neither a known browser nor a known system.
 */
export function userAgentFamily(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const short = text.slice(0, 500);
  const browser = browsers.find(([pattern]) => pattern.test(short))?.[1];
  const system = systems.find(([pattern]) => pattern.test(short))?.[1];
  if (browser && system) return `${browser} on ${system}`;
  return browser ?? system;
}
