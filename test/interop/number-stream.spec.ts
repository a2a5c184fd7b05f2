import { createHash } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { canonicalJson } from '@cordon/kernel';
import { numberStream } from './number-stream.js';

/** SHA-256 of so many lines `bits,spelling` of the stream, as published with it. */
const DIGESTS: Readonly<Record<number, string>> = {
  1_000: 'be18b62b6f69cdab33a7e0dae0d9cfa869fda80ddc712221570f9f40a5878687',
  10_000: 'b9f7a8e75ef22a835685a52ccba7f7d6bdc99e34b010992cbc5864cd12be6892',
  100_000: '22776e6d4b49fa294a0d0f349268e5c28808fe7e0cb2bcbe28f63894e494d4c7',
};

test('the first 100,000 numbers of the RFC 8785 number stream are spelled as published', () => {
  const hash = createHash('sha256');
  const digests: Record<number, string> = {};
  const double = Buffer.alloc(8);
  let lines = 0;
  for (const bits of numberStream()) {
    double.writeBigUInt64BE(bits);
    hash.update(`${bits.toString(16)},${canonicalJson(double.readDoubleBE())}\n`);
    lines += 1;
    if (lines in DIGESTS) digests[lines] = hash.copy().digest('hex');
    if (lines === 100_000) break;
  }
  expect(digests).toEqual(DIGESTS);
});
