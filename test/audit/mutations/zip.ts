/** The zip file: two readers must not see two bundles. */
import { manifestNote, manifestText } from '../../support/bundle.js';
import type { Attack, Attacked, Bench } from './bench.js';
import { deflated, plainMembers, rawZip, type RawMember, type RawZip } from './raw-zip.js';

const BY = 'who has the file';
const ZIP = { level: 1, code: 'E_ZIP' } as const;

/** All members of the sound bundle, changed and packed by hand. */
async function packed(
  { bundle }: Bench,
  change: (members: RawMember[]) => RawMember[] = (members) => members,
  options: RawZip = {},
): Promise<Attacked> {
  const manifest = Buffer.from(manifestText(bundle.parts, bundle.manifest));
  const note = await manifestNote(manifest);
  const all = plainMembers(new Map([...bundle.parts, ['MANIFEST.json', manifest], ['MANIFEST.note', note]]));
  return { zip: rawZip(change(all), options) };
}

const on = (name: string, change: (member: RawMember) => RawMember) => (members: RawMember[]) =>
  members.map((one) => (one.name === name ? change(one) : one));

const E = 'log/entries.jsonl';
const twice = (member: RawMember, name: string): RawMember[] => [member, { ...member, name }];

const raw = (
  name: string,
  change: (members: RawMember[]) => RawMember[],
  options: RawZip = {},
  expect: Attack['expect'] = ZIP,
): Attack => ({ name, by: BY, on: 'incident', expect, apply: (bench) => packed(bench, change, options) });

const same = (members: RawMember[]): RawMember[] => members;
const cut = (name: string, length: (zip: Buffer) => number): Attack => ({
  ...{ name, by: BY, on: 'incident', expect: ZIP },
  apply: async (bench) => {
    const { zip } = await packed(bench);
    return { zip: zip.subarray(0, length(zip)) };
  },
});

/** The end records of a file that needs ZIP64, with these values. */
function wideEnd(count: number, size: number, offset: number): Buffer {
  const wide = Buffer.alloc(76);
  wide.writeUInt32LE(0x0606_4b50, 0);
  wide.writeBigUInt64LE(44n, 4);
  wide.writeUInt16LE(45, 12);
  wide.writeUInt16LE(45, 14);
  for (const [at, value] of [
    [24, count],
    [32, count],
    [40, size],
    [48, offset],
    [64, offset + size],
  ] as const)
    wide.writeBigUInt64LE(BigInt(value), at);
  wide.writeUInt32LE(0x0706_4b50, 56);
  wide.writeUInt32LE(1, 72);
  return wide;
}

const wideExtra = (...values: readonly number[]): Buffer => {
  const extra = Buffer.alloc(4 + 8 * values.length);
  extra.writeUInt16LE(1, 0);
  extra.writeUInt16LE(8 * values.length, 2);
  values.forEach((value, i) => extra.writeBigUInt64LE(BigInt(value), 4 + 8 * i));
  return extra;
};

export const zipAttacks: readonly Attack[] = [
  raw('the entries stand there twice under one name', (all) =>
    all.flatMap((one) => (one.name === E ? twice(one, E) : [one])),
  ),
  raw('a second member has the name of the entries in capitals', (all) =>
    all.flatMap((one) => (one.name === E ? twice(one, 'LOG/entries.jsonl') : [one])),
  ),
  raw('a member is in the file and not in the directory', (all) =>
    all.flatMap((one) => (one.name === E ? [one, { ...one, name: 'log/hidden', hidden: true }] : [one])),
  ),
  raw('two members of the directory are the same bytes', (all) =>
    all.map((one) => (one.name === 'log/openings.jsonl' ? { ...one, offset: 0 } : one)),
  ),
  raw(
    'the local header has another name than the directory',
    on(E, (one) => ({ ...one, local: { name: 'log/entries.jsonk' } })),
  ),
  raw(
    'the local header has another size than the directory',
    on(E, (one) => ({ ...one, local: { size: 1, packed: 1 } })),
  ),
  raw(
    'the local header has another CRC-32 than the directory',
    on(E, (one) => ({ ...one, local: { crc: 1 } })),
  ),
  raw(
    'header and directory agree on a wrong CRC-32',
    on(E, (one) => ({ ...one, local: { crc: 7 }, central: { crc: 7 } })),
  ),
  raw(
    'the local header says that the member is encrypted',
    on(E, (one) => ({ ...one, local: { flags: 1 }, central: { flags: 1 } })),
  ),
  raw(
    'the names are said to be UTF-8',
    on(E, (one) => ({ ...one, local: { flags: 0x800 }, central: { flags: 0x800 } })),
  ),
  raw('a member is compressed', on(E, deflated)),
  raw(
    'a small compressed member claims to unfold to four gigabytes',
    on('VERIFY.txt', (one) => {
      const packedMember = deflated({ ...one, data: Buffer.alloc(2 ** 20) });
      const fields = { ...packedMember.local, size: 0xffff_fff0 };
      return { ...packedMember, local: fields, central: fields };
    }),
  ),
  raw(
    'a stored member claims more bytes than the file has',
    on('VERIFY.txt', (one) => {
      const fields = { packed: 0x7fff_fff0, size: 0x7fff_fff0 };
      return { ...one, local: fields, central: fields };
    }),
  ),
  raw(
    'a member has another time than 1980-01-01',
    on(E, (one) => ({ ...one, local: { date: 0x5a21 }, central: { date: 0x5a21 } })),
  ),
  raw(
    'a member has a comment',
    on(E, (one) => ({ ...one, central: { comment: 'checked' } })),
  ),
  raw(
    'a member is marked as a symbolic link',
    on(E, (one) => ({ ...one, central: { madeBy: 0x0314, attributes: 0xa1ff_0000 } })),
  ),
  raw(
    'a member has an extra field that other readers take for its name',
    on(E, (one) => ({
      ...one,
      central: { extra: Buffer.from('75700a0001000000006c6f672f78', 'hex') },
    })),
  ),
  raw(
    'a member is to be written outside of the folder',
    on('VERIFY.txt', (one) => ({ ...one, name: '../VERIFY.txt' })),
  ),
  raw(
    'a member has an absolute name',
    on('VERIFY.txt', (one) => ({ ...one, name: '/VERIFY.txt' })),
  ),
  raw(
    'a member has a backslash in its name',
    on('verify/verify.py', (one) => ({ ...one, name: 'verify\\verify.py' })),
  ),
  raw('a folder is a member', (all) => [{ name: 'log/', data: Buffer.alloc(0) }, ...all]),
  raw(
    'a name has a letter outside of ASCII',
    on('VERIFY.txt', (one) => ({ ...one, name: 'VERIFY\u00e9.txt' })),
  ),
  raw(
    'a name is longer than 255 letters',
    on('VERIFY.txt', (one) => ({ ...one, name: 'V'.repeat(300) })),
  ),
  raw('bytes stand before the first member', same, { prefix: Buffer.from('#!/bin/sh\n') }),
  raw(
    'bytes stand between two members',
    on(E, (one) => ({ ...one, before: Buffer.from('PK\u0003\u0004') })),
  ),
  raw('bytes stand between the last member and the directory', same, { beforeDirectory: Buffer.alloc(46) }),
  raw('a second directory stands behind the first', same, {
    afterDirectory: Buffer.from('PK\u0001\u0002'.padEnd(46, '\0')),
  }),
  raw('the file has a comment that holds another end record', same, {
    comment: 'PK\u0005\u0006'.padEnd(22, '\0'),
  }),
  raw('bytes follow the end record', same, { suffix: Buffer.from('\n') }),
  raw('the end record counts one member less', (all) => all, { count: 3 }),
  raw('the end record points elsewhere', same, { directoryOffset: 4 }),
  raw('the end record says that the directory is shorter', same, { directorySize: 46 }),
  raw(
    'the directory holds ZIP64 sizes that nothing needs',
    on(E, (one) => ({
      ...one,
      central: {
        version: 45,
        madeBy: 45,
        packed: 0xffff_ffff,
        size: 0xffff_ffff,
        extra: wideExtra(one.data.length, one.data.length),
      },
      local: { version: 45 },
    })),
  ),
  raw(
    'the local header of a member of known size holds ZIP64 sizes of zero',
    on(E, (one) => ({
      ...one,
      central: { version: 45, madeBy: 45 },
      local: { version: 45, packed: 0xffff_ffff, size: 0xffff_ffff, extra: wideExtra(0, 0) },
    })),
  ),
  {
    ...{ name: 'ZIP64 end records stand where nothing needs them', by: BY, on: 'incident', expect: ZIP },
    apply: async (bench) => {
      const { zip } = await packed(bench);
      const end = zip.subarray(-22);
      const [count, size, offset] = [end.readUInt16LE(10), end.readUInt32LE(12), end.readUInt32LE(16)];
      const all = Buffer.concat([zip.subarray(0, -22), wideEnd(count, size, offset), end]);
      return { zip: all };
    },
  },
  {
    ...{ name: 'the end record claims a hundred thousand million members by ZIP64', by: BY, on: 'incident' },
    expect: { level: 1, code: 'E_LIMIT' },
    apply: async (bench) => {
      const { zip } = await packed(bench);
      const end = Buffer.from(zip.subarray(-22));
      const [size, offset] = [end.readUInt32LE(12), end.readUInt32LE(16)];
      end.writeUInt16LE(0xffff, 8);
      end.writeUInt16LE(0xffff, 10);
      return { zip: Buffer.concat([zip.subarray(0, -22), wideEnd(1e11, size, offset), end]) };
    },
  },
  cut('the file ends in the middle', (zip) => Math.floor(zip.length / 2)),
  cut('the last byte is missing', (zip) => zip.length - 1),
  cut('the file is empty', () => 0),
  cut('only the end record is left', () => 22),
];
