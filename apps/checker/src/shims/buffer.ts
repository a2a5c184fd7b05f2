/**
 * As much of Node's Buffer as the verifier uses, where there is no Node. What a method gives back is what Node's gives
 * for the same arguments (buffer.spec.ts holds one against the other); anything else throws.
 */
import { decodeBase64, encodeBase64 } from './base64.js';

export type Encoding = 'utf8' | 'latin1' | 'ascii' | 'hex' | 'base64' | 'base64url';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export class Buffer extends Uint8Array<ArrayBuffer> {
  static alloc(length: number, fill = 0): Buffer {
    return zeros(length).fill(fill);
  }

  static allocUnsafe(length: number): Buffer {
    return zeros(length);
  }

  /** Of a text and its encoding, of bytes (a copy), or of an ArrayBuffer, an offset and a length (the same memory). */
  static override from(value: unknown, second?: unknown, third?: unknown): Buffer {
    if (typeof value === 'string') return bytesOf(value, second as Encoding | undefined);
    if (value instanceof ArrayBuffer) return new Buffer(value, Number(second ?? 0), third as number);
    if (value instanceof Uint8Array || Array.isArray(value)) {
      const bytes = zeros(value.length);
      bytes.set(value as ArrayLike<number>);
      return bytes;
    }
    throw new TypeError('bytes are made of a text, of bytes or of an ArrayBuffer');
  }

  static concat(parts: readonly Uint8Array[]): Buffer {
    const whole = zeros(parts.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const part of parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }

  static byteLength(text: string, encoding: Encoding = 'utf8'): number {
    return bytesOf(text, encoding).length;
  }

  static compare(one: Uint8Array, other: Uint8Array): -1 | 0 | 1 {
    const shared = Math.min(one.length, other.length);
    for (let i = 0; i < shared; i += 1) {
      const difference = (one[i] ?? 0) - (other[i] ?? 0);
      if (difference !== 0) return difference < 0 ? -1 : 1;
    }
    return one.length === other.length ? 0 : one.length < other.length ? -1 : 1;
  }

  equals(other: Uint8Array): boolean {
    return Buffer.compare(this, other) === 0;
  }

  override toString(encoding: Encoding = 'utf8', start = 0, end = this.length): string {
    return textOf(start === 0 && end === this.length ? this : this.subarray(start, end), encoding);
  }

  copy(target: Uint8Array, targetStart = 0, start = 0, end = this.length): number {
    const part = this.subarray(start, Math.min(end, start + target.length - targetStart));
    target.set(part, targetStart);
    return part.length;
  }

  /** As much of the text as there is room for, from the first byte on; gives back how many bytes that are. */
  write(text: string, encoding: Encoding = 'utf8'): number {
    if (encoding === 'utf8') return encoder.encodeInto(text, this).written;
    return bytesOf(text, encoding).copy(this);
  }

  readUInt16LE(at = 0): number {
    return viewOf(this).getUint16(at, true);
  }

  readUInt32LE(at = 0): number {
    return viewOf(this).getUint32(at, true);
  }

  readBigUInt64LE(at = 0): bigint {
    return viewOf(this).getBigUint64(at, true);
  }

  readBigUInt64BE(at = 0): bigint {
    return viewOf(this).getBigUint64(at, false);
  }

  writeUInt16LE(value: number, at = 0): number {
    viewOf(this).setUint16(at, value, true);
    return at + 2;
  }

  writeUInt16BE(value: number, at = 0): number {
    viewOf(this).setUint16(at, value, false);
    return at + 2;
  }

  writeUInt32LE(value: number, at = 0): number {
    viewOf(this).setUint32(at, value, true);
    return at + 4;
  }

  writeBigUInt64LE(value: bigint, at = 0): number {
    viewOf(this).setBigUint64(at, value, true);
    return at + 8;
  }

  writeBigUInt64BE(value: bigint, at = 0): number {
    viewOf(this).setBigUint64(at, value, false);
    return at + 8;
  }
}

/** Node's: what cannot be decoded is left out of base64, and ends hexadecimal digits. */
export function bytesOf(text: string, encoding: Encoding = 'utf8'): Buffer {
  switch (encoding) {
    case 'utf8': {
      const { buffer, byteOffset, byteLength } = encoder.encode(text);
      return new Buffer(buffer, byteOffset, byteLength);
    }
    case 'latin1':
    case 'ascii': {
      const bytes = zeros(text.length);
      for (let i = 0; i < text.length; i += 1) bytes[i] = text.charCodeAt(i);
      return bytes;
    }
    case 'hex': {
      const pairs = /^(?:[0-9a-f]{2})*/i.exec(text)?.[0] ?? '';
      const bytes = zeros(pairs.length / 2);
      for (let i = 0; i < bytes.length; i += 1) bytes[i] = Number.parseInt(pairs.slice(2 * i, 2 * i + 2), 16);
      return bytes;
    }
    case 'base64':
    case 'base64url':
      return Buffer.from(decodeBase64(text));
  }
  throw new TypeError(`no bytes are made of a text in ${String(encoding)}`);
}

export function textOf(bytes: Uint8Array, encoding: Encoding = 'utf8'): string {
  switch (encoding) {
    case 'utf8':
      return decoder.decode(bytes);
    case 'latin1': {
      let text = '';
      for (const byte of bytes) text += String.fromCharCode(byte);
      return text;
    }
    case 'hex': {
      let text = '';
      for (const byte of bytes) text += HEX[byte];
      return text;
    }
    case 'base64':
    case 'base64url':
      return encodeBase64(bytes, encoding === 'base64url');
    case 'ascii':
  }
  throw new TypeError(`no text is made of bytes in ${encoding}`);
}

function zeros(length: number): Buffer {
  return new Buffer(new ArrayBuffer(length));
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
