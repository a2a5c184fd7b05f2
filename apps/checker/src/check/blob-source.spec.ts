import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { blobSource } from './blob-source.js';

test('whatever is read in whatever order is what the file has there, and the reader’s to keep', async () => {
  const bytes = Uint8Array.from({ length: 600_000 }, (_, i) => (i * 31 + (i >> 8)) & 255);
  const reads = fc.array(fc.tuple(fc.nat(600_000), fc.oneof(fc.nat(64), fc.nat(300_000))), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(reads, async (asked) => {
      const source = blobSource(new Blob([bytes]));
      expect(source.size).toBe(bytes.length);
      for (const [offset, length] of asked) {
        const expected = bytes.slice(offset, offset + length);
        const found = await source.read(offset, expected.length);
        expect(Buffer.compare(found, expected)).toBe(0);
        found.fill(0);
      }
    }),
    { numRuns: 50 },
  );
});
