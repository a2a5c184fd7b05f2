import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { contentOf, der, DerError, derInteger, inside, readDer, TAG } from './der.js';

test('what is written is read back, whatever its length', () => {
  for (const length of [0, 1, 127, 128, 255, 256, 65_535, 65_536]) {
    const content = Buffer.alloc(length, 7);
    const bytes = der(TAG.sequence, der(TAG.octets, content), der(TAG.null));
    const [first, second] = inside(readDer(bytes)[0], TAG.sequence);
    expect(contentOf(first, TAG.octets).equals(content)).toBe(true);
    expect(second).toEqual({ tag: TAG.null, content: Buffer.alloc(0) });
  }
});

test('an integer is written in its shortest form, and is never negative', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), (bytes) => {
      const content = contentOf(readDer(derInteger(bytes))[0], TAG.integer);
      const value = BigInt(`0x0${Buffer.from(bytes).toString('hex')}`);
      expect(BigInt(`0x${content.toString('hex')}`)).toBe(value);
      expect((content[0] ?? 0) < 0x80).toBe(true);
      expect(content.length === 1 || content[0] !== 0 || (content[1] ?? 0) >= 0x80).toBe(true);
    }),
  );
});

test('no bytes make reading throw anything but a DerError', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
      try {
        const values = readDer(bytes);
        expect(values.reduce((length, { content }) => length + content.length, 0)).toBeLessThanOrEqual(
          bytes.length,
        );
      } catch (error) {
        expect(error).toBeInstanceOf(DerError);
      }
    }),
  );
  const whole = der(TAG.sequence, der(TAG.octets, Buffer.alloc(300)));
  for (let length = 1; length < whole.length; length++)
    expect(() => readDer(whole.subarray(0, length))).toThrow(DerError);
});
