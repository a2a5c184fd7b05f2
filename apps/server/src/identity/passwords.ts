import { hash, verify, type Options } from '@node-rs/argon2';
import { commonPasswords } from './common-passwords.js';

/**
 * OWASP Password Storage Cheat Sheet: argon2id with 19 MiB, two passes, one lane. The algorithm by its number: the
 * package's enumeration exists for the compiler only.
 */
const COST: Options = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 };

/** NIST SP 800-63B-4 section 3.1.1.2: eight where a second factor is always asked for, as it is here. */
const LEAST = 8;
const MOST = 128;

const normal = (password: string): string => password.normalize('NFKC');

export function hashPassword(password: string): Promise<string> {
  return hash(normal(password), COST);
}

let nobodys: Promise<string> | undefined;

/** Whether the password is the one of the hash. Without a hash it is false, and takes as long. */
export async function verifyPassword(stored: string | undefined, password: string): Promise<boolean> {
  nobodys ??= hashPassword('nobody signs in with this');
  const right = await verify(stored ?? (await nobodys), normal(password));
  return stored !== undefined && right;
}

/**
 * Why the password is not taken, as the end of a sentence; undefined for one that is. `own` are words of the person's
 * own: name, e-mail address. What is mixed of which kinds of characters is nobody's business (NIST SP 800-63B-4).
 */
export function passwordFlaw(password: string, own: readonly string[]): string | undefined {
  const text = normal(password);
  const length = [...text].length;
  if (length < LEAST) return `must have at least ${LEAST} characters`;
  if (length > MOST) return `must have at most ${MOST} characters`;
  const bare = text.toLowerCase().replaceAll(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  if (commonPasswords.has(text.toLowerCase()) || commonPasswords.has(bare))
    return 'is one that attackers try first';
  if (isMonotonous(text)) return 'repeats or counts: attackers try that first';
  const words = own.flatMap(wordsOf);
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), text.toLowerCase().normalize('NFKC'));
  if ([...rest].length < LEAST && rest !== text.toLowerCase()) return 'is little more than your own name';
  return undefined;
}

/** Few different characters, a short piece over and over, or a run such as 23456789. */
function isMonotonous(text: string): boolean {
  if (new Set(text).size < 4) return true;
  if (/^(.{1,4}?)\1+$/su.test(text)) return true;
  const codes = [...text].map((character) => character.codePointAt(0) ?? 0);
  const steps = codes.slice(1).map((code, i) => code - (codes[i] ?? 0));
  return steps.every((step) => step === 1) || steps.every((step) => step === -1);
}

function wordsOf(text: string): string[] {
  const whole = text.toLowerCase().normalize('NFKC');
  return [whole, ...whole.split(/[\s@._+-]+/)].filter((word) => [...word].length >= 3);
}
