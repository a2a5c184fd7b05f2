import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { openZip, type RandomAccess } from './zip-read.js';
import { writeZip, type ZipMember } from './zip-write.js';

async function* chunked(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield await Promise.resolve(bytes.subarray(at, at + size));
}

async function zipOf(members: readonly ZipMember[]): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of writeZip(members)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const sourceOf = (bytes: Uint8Array): RandomAccess => ({
  size: bytes.length,
  read: (at, length) => Promise.resolve(Uint8Array.from(bytes.subarray(at, at + length))),
});

async function contentOf(bytes: Uint8Array): Promise<readonly (readonly [string, Buffer])[]> {
  const zip = await openZip(sourceOf(bytes));
  const found: [string, Buffer][] = [];
  for (const { path } of zip.members) found.push([path, await zip.bytes(path, 1e6)]);
  return found;
}

const text = Buffer.from('line 1\nline 2\n');
const sample = (): readonly ZipMember[] => [
  { path: 'VERIFY.txt', data: text },
  { path: 'log/entries.jsonl', data: chunked(text, 5), maxBytes: 100 },
  { path: 'log/large', data: chunked(text, 3) },
  { path: 'log/empty', data: Buffer.alloc(0) },
];

test('what was written is read: known beforehand, streamed, streamed with room for more than 4 GiB, and empty', async () => {
  expect(await contentOf(await zipOf(sample()))).toEqual([
    ['VERIFY.txt', text],
    ['log/entries.jsonl', text],
    ['log/large', text],
    ['log/empty', Buffer.alloc(0)],
  ]);
  expect(await contentOf(await zipOf([]))).toEqual([]);
});

test('whatever single byte is changed, the file is refused', async () => {
  const bytes = await zipOf(sample());
  for (let at = 0; at < bytes.length; at += 1) {
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8));
    await expect(contentOf(copy)).rejects.toMatchObject({ name: 'BundleError' });
  }
});

test('whatever is cut out or put in, the file is refused', async () => {
  const bytes = await zipOf(sample());
  const edit = fc.record({
    at: fc.nat({ max: bytes.length }),
    cut: fc.nat({ max: 60 }),
    put: fc.uint8Array({ maxLength: 60 }),
  });
  await fc.assert(
    fc.asyncProperty(edit, async ({ at, cut, put }) => {
      const edited = Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + cut)]);
      fc.pre(!edited.equals(bytes));
      await expect(contentOf(edited)).rejects.toMatchObject({ name: 'BundleError' });
    }),
    { numRuns: 500 },
  );
});

test('a member that is longer than was asked for is refused before it is read', async () => {
  const zip = await openZip(sourceOf(await zipOf(sample())));
  await expect(zip.bytes('VERIFY.txt', 13)).rejects.toMatchObject({ code: 'E_LIMIT' });
  await expect(zip.bytes('nothing', 13)).rejects.toMatchObject({ code: 'E_ZIP' });
});

test('two names that differ in case alone are one name', async () => {
  const bytes = await zipOf([
    { path: 'a.txt', data: text },
    { path: 'b.txt', data: text },
  ]);
  const renamed = Buffer.from(bytes.toString('latin1').replaceAll('b.txt', 'A.txt'), 'latin1');
  await expect(openZip(sourceOf(renamed))).rejects.toMatchObject({ code: 'E_ZIP' });
  const upwards = Buffer.from(bytes.toString('latin1').replaceAll('b.txt', '../tx'), 'latin1');
  await expect(openZip(sourceOf(upwards))).rejects.toMatchObject({ code: 'E_ZIP' });
});
