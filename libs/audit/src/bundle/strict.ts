/** Reading the documents of a bundle: exactly the members that are described, in canonical form, or nothing. */
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { BundleError, type BundleFault } from './bundle-error.js';

const NUMBER = /^(?:0|[1-9]\d{0,15})$/;
const HEX = /^[0-9a-f]{64}$/;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** One kind of document, with the code of what is wrong when it does not have its form. */
export class Reader {
  constructor(
    private readonly code: BundleFault,
    private readonly what: string,
  ) {}

  fail(why: string): never {
    throw new BundleError(this.code, `${this.what}: ${why}`);
  }

  /** The object that the text is, where the text is its RFC 8785 form: so no member stands there twice. */
  document(text: string): JsonObject {
    let value: unknown;
    let canonical: string | undefined;
    try {
      value = JSON.parse(text);
      canonical = canonicalJson(value);
    } catch {
      return this.fail('is not JSON');
    }
    if (!isJsonObject(value)) return this.fail('is not a JSON object');
    if (canonical !== text) this.fail('is not in the form of RFC 8785');
    return value;
  }

  /** Exactly these members. */
  members(value: Json | undefined, at: string, names: readonly string[]): JsonObject {
    if (!isJsonObject(value)) return this.fail(`${at} is not an object`);
    const found = Object.keys(value).sort().join();
    if (found !== [...names].sort().join()) this.fail(`${at} must have the members ${names.join(', ')}`);
    return value;
  }

  text(value: Json | undefined, at: string): string {
    return typeof value === 'string' ? value : this.fail(`${at} is not text`);
  }

  hex(value: Json | undefined, at: string): string {
    return typeof value === 'string' && HEX.test(value) ? value : this.fail(`${at} is not 64 hex digits`);
  }

  uuid(value: Json | undefined, at: string): string {
    return typeof value === 'string' && UUID.test(value) ? value : this.fail(`${at} is not a UUID`);
  }

  whole(value: Json | undefined, at: string, least = 0): number {
    const fits = typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
    return fits ? value : this.fail(`${at} is not a whole number from ${least} on`);
  }

  list(value: Json | undefined, at: string): readonly Json[] {
    return Array.isArray(value) ? (value as readonly Json[]) : this.fail(`${at} is not a list`);
  }

  /** 32 bytes in base64 with padding, in the one spelling. */
  hash(value: Json | undefined, at: string): Buffer {
    const bytes = typeof value === 'string' ? Buffer.from(value, 'base64') : Buffer.alloc(0);
    if (bytes.length !== 32 || bytes.toString('base64') !== value) this.fail(`${at} is not a hash in base64`);
    return bytes;
  }

  /** A decimal number without leading zeros. */
  decimal(text: string | undefined, at: string): number {
    const value = text !== undefined && NUMBER.test(text) ? Number(text) : Number.NaN;
    return Number.isSafeInteger(value) ? value : this.fail(`${at} is not a number`);
  }
}

export function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}
