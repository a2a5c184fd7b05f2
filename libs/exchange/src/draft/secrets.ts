/** What looks like a secret in a text, and a text without it. Better one mask too many: the original is not lost, only not copied. */
import { PRIVATE_KEY, TOKEN_SHAPES } from '../token-shapes.js';

/** Stands where a value was. */
export const MASK = '[left out: it looks like a secret]';

const SENSITIVE_KEY =
  /passw|passphrase|passcode|^pwd$|^pass$|secret|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key|encryption[-_ ]?key|credential|^auth$|authorization|bearer|cookie/i;

/** What follows a word that announces a secret, or stands before an @ in an address. */
const ANNOUNCED: readonly RegExp[] = [
  /(\b(?:bearer|basic) +)([A-Za-z0-9+/._~-]{16,}=*)/gi,
  /((?<![a-z0-9+.-])[a-z][a-z0-9+.-]*:\/\/[^\s/:@]*:)([^\s/@]+)(?=@)/gi,
  /((?:password|passwd|passphrase|pwd|secret|token|api[-_ ]?key|access[-_ ]?key|private[-_ ]?key)["'`*_]*\s{0,3}(?:[:=]|\bis\b)\s{0,3}["'`*_]*)([^\s"'`*<>$[{(][^\s"'`<>]{4,})/gi,
];

/** Whether what stands under a name of that kind is to be taken for a secret. */
export function isSensitiveKey(key: string): boolean {
  return SENSITIVE_KEY.test(key);
}

/** Whether a value under a sensitive name is one: not a switch, not a reference to something else. */
export function isSecretValue(value: string): boolean {
  return (
    value.trim().length >= 3 &&
    !/^(true|false|yes|no|none|null)$/i.test(value) &&
    !/^\$\{[^}]*\}$/.test(value)
  );
}

/**
 * The text with what looks like a secret replaced by `MASK`. A word after "password:" counts when it holds a digit or a
 * sign beside letters, so that prose stays as it is. Lines stay where
 * they are. O(length) for each shape.
 */
export function withoutSecrets(text: string): string {
  let out = text;
  for (const shape of [PRIVATE_KEY, ...TOKEN_SHAPES])
    out = out.replaceAll(shape, (value: string) => MASK + '\n'.repeat(value.split('\n').length - 1));
  for (const shape of ANNOUNCED) {
    out = out.replaceAll(shape, (whole: string, before: string, value: string) =>
      value.includes(MASK.slice(0, 5)) || /^[A-Za-z]+[.,;:!?)]*$/.test(value) ? whole : `${before}${MASK}`,
    );
  }
  return out;
}
