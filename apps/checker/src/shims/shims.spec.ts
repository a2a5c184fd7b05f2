import * as nodeCrypto from 'node:crypto';
import { crc32 as nodeCrc32 } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { Point } from '@noble/ed25519';
import fc from 'fast-check';
import { Buffer as Own, type Encoding } from './buffer.js';
import { createHash, createPublicKey, hash, verify } from './crypto.js';
import { crc32 } from './zlib.js';

const bytes = fc.uint8Array({ maxLength: 300 });
const anyText = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string({ unit: 'grapheme' }),
  fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes)),
  fc.string().map((text) => `\ufeff${text}`),
);
const nearlyBase64 = fc
  .array(fc.constantFrom(...'ABCxyz019+/-_=== \n.é'), { maxLength: 40 })
  .map((letters) => letters.join(''));
const nearlyHex = fc
  .array(fc.constantFrom(...'0123456789abcdefABCDEFg '), { maxLength: 40 })
  .map((letters) => letters.join(''));
/** Node's own answer for letters beyond these depends on its version. */
const ascii = fc.string({ unit: 'binary-ascii' });
const list = (of: Uint8Array): number[] => [...of];

describe('bytes are what Node makes them', () => {
  test.each(['utf8', 'latin1', 'ascii', 'hex', 'base64', 'base64url'] as const)(
    'of a text in %s',
    (encoding) => {
      const texts =
        encoding === 'hex' || encoding.startsWith('base64')
          ? fc.oneof(ascii, nearlyBase64, nearlyHex)
          : anyText;
      fc.assert(
        fc.property(texts, (text) => {
          expect(list(Own.from(text, encoding))).toEqual(list(Buffer.from(text, encoding)));
        }),
        { numRuns: 500 },
      );
    },
  );

  test.each(['utf8', 'latin1', 'hex', 'base64', 'base64url'] as const)(
    'as a text in %s',
    (encoding: Encoding) => {
      fc.assert(
        fc.property(bytes, fc.nat(300), fc.nat(300), (data, one, other) => {
          const [start, end] = [Math.min(one, other), Math.max(one, other)];
          const [own, node] = [Own.from(data), Buffer.from(data)];
          expect(own.toString(encoding)).toBe(node.toString(encoding));
          expect(own.toString(encoding, start, end)).toBe(node.toString(encoding, start, end));
        }),
        { numRuns: 500 },
      );
    },
  );

  test('joined, compared, searched, copied and cut', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.nat(300), fc.nat(50), (one, other, at, to) => {
        const [own, node] = [Own.from(one), Buffer.from(one)];
        expect(list(Own.concat([one, other]))).toEqual(list(Buffer.concat([one, other])));
        expect(Own.compare(one, other)).toBe(Buffer.compare(one, other));
        expect(own.equals(other)).toBe(node.equals(other));
        expect(own.equals(Uint8Array.from(one))).toBe(true);
        expect(own.indexOf(10, at)).toBe(node.indexOf(10, at));
        expect(list(own.subarray(at, at + to))).toEqual(list(node.subarray(at, at + to)));
        expect((own.subarray(1) as Own).toString('hex')).toBe(node.subarray(1).toString('hex'));
        const [ownTarget, nodeTarget] = [new Uint8Array(400), new Uint8Array(400)];
        expect(own.copy(ownTarget, to)).toBe(node.copy(nodeTarget, to));
        expect(ownTarget).toEqual(nodeTarget);
      }),
    );
  });

  test('a text is written as far as there is room, and no part of a letter', () => {
    fc.assert(
      fc.property(anyText, fc.nat(12), fc.constantFrom('utf8', 'latin1'), (text, room, encoding) => {
        const [own, node] = [Own.alloc(room), Buffer.alloc(room)];
        expect(own.write(text, encoding)).toBe(node.write(text, encoding));
        expect(list(own)).toEqual(list(node));
      }),
      { numRuns: 500 },
    );
    const [own, node] = [Own.alloc(4), Buffer.alloc(4)];
    expect([own.write('c0ffee', 'hex'), node.write('c0ffee', 'hex')]).toEqual([3, 3]);
    expect(list(own)).toEqual(list(node));
  });

  test('numbers are written and read in the same order', () => {
    const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
    fc.assert(
      fc.property(fc.nat(0xffff), u32, fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (u16, value, wide) => {
        const [own, node] = [Own.alloc(30, 7), Buffer.alloc(30, 7)];
        for (const one of [own, node]) {
          one.writeUInt16LE(u16, 1);
          one.writeUInt32LE(value, 4);
          one.writeBigUInt64LE(wide, 9);
          one.writeBigUInt64BE(wide, 18);
          one.writeUInt16BE(u16, 27);
        }
        expect(list(own)).toEqual(list(node));
        expect(own.readUInt16LE(1)).toBe(u16);
        expect(own.readUInt32LE(4)).toBe(value);
        expect([own.readBigUInt64LE(9), own.readBigUInt64BE(9)]).toEqual([wide, node.readBigUInt64BE(9)]);
      }),
    );
    expect(() => Own.alloc(3).readUInt32LE(0)).toThrow(RangeError);
    expect(() => Own.alloc(4).readUInt32LE(1)).toThrow(RangeError);
  });

  test('of an ArrayBuffer: the same memory', () => {
    const memory = Uint8Array.of(1, 2, 3, 4);
    const part = Own.from(memory.buffer, 1, 2);
    memory[1] = 9;
    expect(list(part)).toEqual([9, 3]);
    expect(() => Own.from(5)).toThrow(TypeError);
  });
});

test('digests are what Node makes them, at once and piece by piece', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 5 }), anyText, (parts, text) => {
      const whole = Buffer.concat(parts);
      for (const encoding of ['hex', 'base64', 'base64url', 'binary'] as const) {
        expect(hash('sha256', whole, encoding)).toBe(nodeCrypto.hash('sha256', whole, encoding));
        expect(hash('sha256', text, encoding)).toBe(nodeCrypto.hash('sha256', text, encoding));
      }
      const [own, node] = [createHash('sha256'), nodeCrypto.createHash('sha256')];
      for (const part of parts) {
        own.update(part);
        node.update(part);
      }
      own.update(text, 'utf8');
      node.update(text, 'utf8');
      expect(list(own.digest())).toEqual(list(node.digest()));
    }),
  );
  expect(() => hash('md5', '')).toThrow('md5');
});

test('CRC-32 is what Node makes it, at once and piece by piece', () => {
  fc.assert(
    fc.property(bytes, bytes, (one, other) => {
      expect(crc32(one)).toBe(nodeCrc32(one));
      expect(crc32(other, crc32(one))).toBe(nodeCrc32(Buffer.concat([one, other])));
    }),
    { numRuns: 500 },
  );
});

describe('Ed25519 signatures hold where they hold for Node', () => {
  const jwk = (key: Uint8Array) => ({
    key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key).toString('base64url') },
    format: 'jwk' as const,
  });
  const both = (key: Uint8Array, message: Uint8Array, signature: Uint8Array): readonly boolean[] => [
    verify(null, message, createPublicKey(jwk(key)), signature),
    nodeCrypto.verify(null, message, nodeCrypto.createPublicKey(jwk(key)), signature),
  ];
  const keyPair = (seed: Uint8Array) => {
    const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]);
    const privateKey = nodeCrypto.createPrivateKey({ key: der, format: 'der', type: 'pkcs8' });
    const spki = nodeCrypto.createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
    return { privateKey, publicKey: spki.subarray(-32) };
  };
  const seeds = fc.uint8Array({ minLength: 32, maxLength: 32 });

  test('true ones, and those with one bit changed anywhere', () => {
    fc.assert(
      fc.property(seeds, bytes, fc.nat(1000), (seed, message, bit) => {
        const { privateKey, publicKey } = keyPair(seed);
        const signature = nodeCrypto.sign(null, message, privateKey);
        expect(both(publicKey, message, signature)).toEqual([true, true]);
        const changed = Buffer.concat([publicKey, signature, message]);
        const at = (bit >> 3) % changed.length;
        changed[at] = (changed[at] ?? 0) ^ (1 << (bit & 7));
        const verdicts = both(changed.subarray(0, 32), changed.subarray(96), changed.subarray(32, 96));
        expect(verdicts).toEqual([false, false]);
      }),
      { numRuns: 60 },
    );
  }, 60_000);

  test('S that is not reduced, keys that are no point or a point of small order, and torsion in R', () => {
    const { privateKey, publicKey } = keyPair(Buffer.alloc(32, 3));
    const message = Buffer.from('checkpoint');
    const signature = nodeCrypto.sign(null, message, privateKey);
    const unreduced = Buffer.from(signature);
    const s = BigInt(`0x${Buffer.from(signature.subarray(32)).reverse().toString('hex')}`) + Point.CURVE().n;
    unreduced.set(Buffer.from(s.toString(16).padStart(64, '0'), 'hex').reverse(), 32);
    const small = [
      '0100000000000000000000000000000000000000000000000000000000000000',
      '0100000000000000000000000000000000000000000000000000000000000080',
      '0000000000000000000000000000000000000000000000000000000000000000',
      'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
      '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    ].map((hex) => Buffer.from(hex, 'hex'));
    const cases: [Uint8Array, Uint8Array, Uint8Array][] = [
      [publicKey, message, unreduced],
      [Buffer.alloc(32, 2), message, signature],
      [publicKey, message, Buffer.alloc(64)],
      [publicKey, message, Buffer.alloc(64, 255)],
    ];
    for (const key of small)
      for (const r of small)
        for (const text of ['a', 'b', 'c'])
          cases.push([key, Buffer.from(text), Buffer.concat([r, Buffer.alloc(32)])]);
    const verdicts = cases.map(([key, text, signed]) => both(key, text, signed));
    for (const [own, node] of verdicts) expect(own).toBe(node);
    expect(verdicts.some(([own]) => own)).toBe(true);
    expect(verdicts.slice(0, 4).flat()).toEqual(Array(8).fill(false));
  }, 60_000);
});
