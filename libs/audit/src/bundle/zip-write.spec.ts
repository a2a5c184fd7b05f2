import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { centralRecord, dataDescriptor, endRecords, localHeader, U32 } from './zip-records.js';
import { writeZip, type ZipMember } from './zip-write.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zip-write-'));
});
afterAll(() => rm(folder, { recursive: true }));

async function* streamed(...chunks: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) yield await Promise.resolve(chunk);
}

async function zipped(members: Iterable<ZipMember> | AsyncIterable<ZipMember>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of writeZip(members)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

const members = (): readonly ZipMember[] => [
  { path: 'VERIFY.txt', data: bytes('Read me.\n') },
  { path: 'log/entries.jsonl', data: streamed(bytes('{}\n'), bytes(''), bytes('{"a":1}\n')) },
  { path: 'log/gaps.txt', data: streamed(), maxBytes: 100 },
  { path: 'log/empty', data: bytes('') },
];

/** What Python's zipfile reads, after it has held every member against its CRC-32. */
const PYTHON = `
import hashlib, json, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as z:
    assert z.testzip() is None
    print(json.dumps([[i.filename, i.file_size, i.compress_type, list(i.date_time), i.flag_bits,
                       hashlib.sha256(z.read(i)).hexdigest()] for i in z.infolist()]))
`;

async function readByPython(zip: Buffer): Promise<unknown> {
  const file = join(folder, 'a.zip');
  await writeFile(file, zip);
  const { status, stdout, stderr } = spawnSync('python3', ['-c', PYTHON, file], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  });
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout);
}

const sha256 = (data: Uint8Array): string => createHash('sha256').update(data).digest('hex');
const MIDNIGHT = [1980, 1, 1, 0, 0, 0];

test("Python's zipfile reads the same members in the same order, stored, at the fixed time", async () => {
  expect(await readByPython(await zipped(members()))).toEqual([
    ['VERIFY.txt', 9, 0, MIDNIGHT, 0, sha256(bytes('Read me.\n'))],
    ['log/entries.jsonl', 11, 0, MIDNIGHT, 8, sha256(bytes('{}\n{"a":1}\n'))],
    ['log/gaps.txt', 0, 0, MIDNIGHT, 8, sha256(bytes(''))],
    ['log/empty', 0, 0, MIDNIGHT, 0, sha256(bytes(''))],
  ]);
});

test('unzip -t finds no fault', async () => {
  const file = join(folder, 'b.zip');
  await writeFile(file, await zipped(members()));
  const { status, stdout } = spawnSync('unzip', ['-t', file], { encoding: 'utf8' });
  expect(stdout).toContain('No errors detected');
  expect(status).toBe(0);
});

test('whatever the members hold and however they are cut into chunks, Python reads them back', async () => {
  const chunk = fc.uint8Array({ maxLength: 300 });
  const contents = fc.array(fc.array(chunk, { maxLength: 4 }), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(contents, fc.boolean(), async (all, asStreams) => {
      const zip = await zipped(
        all.map((chunks, i) => ({
          path: `m/${i}`,
          data: asStreams ? streamed(...chunks) : Buffer.concat(chunks),
        })),
      );
      const found = (await readByPython(zip)) as unknown[][];
      expect(found.map((one) => [one[0], one[5]])).toEqual(
        all.map((chunks, i) => [`m/${i}`, sha256(Buffer.concat(chunks))]),
      );
    }),
    { numRuns: 8 },
  );
});

test('the same members give the same bytes', async () => {
  expect(await zipped(members())).toEqual(await zipped(members()));
});

test('each member is told of before the next one is asked for', async () => {
  const order: string[] = [];
  async function* asked(): AsyncGenerator<ZipMember> {
    for (const member of members()) {
      order.push(`asked ${member.path}`);
      yield await Promise.resolve(member);
    }
  }
  const zip = writeZip(asked(), (path, size, digest) => order.push(`${path} ${size} ${digest}`));
  for await (const chunk of zip) expect(chunk.length).toBeGreaterThan(0);
  expect(order.slice(0, 4)).toEqual([
    'asked VERIFY.txt',
    `VERIFY.txt 9 ${sha256(bytes('Read me.\n'))}`,
    'asked log/entries.jsonl',
    `log/entries.jsonl 11 ${sha256(bytes('{}\n{"a":1}\n'))}`,
  ]);
});

test('cut short at any byte it is no zip file', async () => {
  const zip = await zipped(members());
  const script = `
import io, sys, zipfile
whole = open(sys.argv[1], 'rb').read()
for n in range(len(whole)):
    try:
        zipfile.ZipFile(io.BytesIO(whole[:n]))
    except zipfile.BadZipFile:
        continue
    sys.exit(f'a zip file of {n} bytes')
`;
  const file = join(folder, 'c.zip');
  await writeFile(file, zip);
  const { status, stderr } = spawnSync('python3', ['-c', script, file], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

test.each([
  ['/etc/passwd'],
  ['../up'],
  ['a/../b'],
  ['a//b'],
  ['a/'],
  ['./a'],
  ['a b'],
  ['a\\b'],
  ['C:a'],
  ['ä'],
  [''],
  ['a'.repeat(256)],
])('a member cannot be called %j', async (path) => {
  await expect(zipped([{ path, data: bytes('') }])).rejects.toThrow('no member of such a name');
});

test('no member is there twice, in whatever case', async () => {
  const twice = ['log/a', 'log/A'].map((path) => ({ path, data: bytes('') }));
  await expect(zipped(twice)).rejects.toThrow('there already');
});

test('a stream that is longer than was said, or that fails, ends the file with an error', async () => {
  const long = { path: 'a', data: streamed(bytes('abc')), maxBytes: 2 };
  await expect(zipped([long])).rejects.toThrow('more than the 2 bytes');
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(bytes('a'));
    throw new Error('the disk is gone');
  }
  await expect(zipped([{ path: 'a', data: failing() }])).rejects.toThrow('the disk is gone');
});

test('ZIP64 stands where a value needs it, and nowhere else', () => {
  const member = { path: 'a', crc32: 7, offset: 0, streamed: true, wide: false };
  const extraOf = (record: Buffer): string => record.subarray(47).toString('hex');
  const u64 = (value: number): string => {
    const out = Buffer.alloc(8);
    out.writeBigUInt64LE(BigInt(value));
    return out.toString('hex');
  };
  expect(extraOf(centralRecord({ ...member, bytes: U32 - 1 }))).toBe('');
  expect(extraOf(centralRecord({ ...member, bytes: U32 }))).toBe(`01001000${u64(U32)}${u64(U32)}`);
  expect(extraOf(centralRecord({ ...member, bytes: 1, offset: 2 ** 33 }))).toBe(`01000800${u64(2 ** 33)}`);
  expect(extraOf(centralRecord({ ...member, bytes: 2 ** 40, offset: 2 ** 33 }))).toBe(
    `01001800${u64(2 ** 40)}${u64(2 ** 40)}${u64(2 ** 33)}`,
  );
  expect(localHeader({ ...member, bytes: 0, wide: true }).subarray(18, 26)).toEqual(Buffer.alloc(8, 0xff));
  expect(dataDescriptor({ ...member, bytes: 2 ** 40, wide: true }).readBigUInt64LE(16)).toBe(2n ** 40n);
  expect(endRecords(65_534, U32 - 1, U32 - 1)).toHaveLength(22);
  expect(endRecords(65_535, 1, 1)).toHaveLength(98);
  expect(endRecords(1, U32, 1)).toHaveLength(98);
  expect(endRecords(1, 1, U32)).toHaveLength(98);
});

test('70,000 members, more than the plain end record can count, are all found', async () => {
  const zip = await zipped(Array.from({ length: 70_000 }, (_, i) => ({ path: `m/${i}`, data: bytes('') })));
  expect((await readByPython(zip)) as unknown[]).toHaveLength(70_000);
});
