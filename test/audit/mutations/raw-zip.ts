/** A zip writer that does what it is told, also what no zip file should have. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface RawMember {
  readonly name: string;
  readonly data: Buffer;
  /** Fields of the local header and of the central record where they are to be others than they should. */
  readonly local?: RawFields;
  readonly central?: RawFields;
  /** Bytes that stand before the local header. */
  readonly before?: Buffer;
  /** Not in the directory. */
  readonly hidden?: boolean;
  /** The directory points here instead. */
  readonly offset?: number;
}

export interface RawFields {
  readonly name?: string;
  readonly version?: number;
  readonly madeBy?: number;
  readonly flags?: number;
  readonly method?: number;
  readonly time?: number;
  readonly date?: number;
  readonly crc?: number;
  readonly packed?: number;
  readonly size?: number;
  readonly extra?: Buffer;
  readonly comment?: string;
  readonly disk?: number;
  readonly attributes?: number;
}

export interface RawZip {
  readonly prefix?: Buffer;
  readonly beforeDirectory?: Buffer;
  readonly afterDirectory?: Buffer;
  readonly suffix?: Buffer;
  readonly comment?: string;
  readonly count?: number;
  readonly directoryOffset?: number;
  readonly directorySize?: number;
}

export function rawZip(members: readonly RawMember[], options: RawZip = {}): Buffer {
  const chunks: Buffer[] = [options.prefix ?? Buffer.alloc(0)];
  const directory: Buffer[] = [];
  let at = chunks[0]?.length ?? 0;
  for (const member of members) {
    const { before = Buffer.alloc(0), data } = member;
    const header = localHeader(member);
    if (member.hidden !== true) directory.push(centralRecord(member, member.offset ?? at + before.length));
    chunks.push(before, header, data);
    at += before.length + header.length + data.length;
  }
  const { beforeDirectory = Buffer.alloc(0), afterDirectory = Buffer.alloc(0) } = options;
  const central = Buffer.concat(directory);
  const end = Buffer.alloc(22);
  const count = options.count ?? directory.length;
  end.writeUInt32LE(0x0605_4b50, 0);
  end.writeUInt16LE(count, 8);
  end.writeUInt16LE(count, 10);
  end.writeUInt32LE(options.directorySize ?? central.length, 12);
  end.writeUInt32LE(options.directoryOffset ?? at + beforeDirectory.length, 16);
  end.writeUInt16LE(options.comment?.length ?? 0, 20);
  const comment = Buffer.from(options.comment ?? '');
  return Buffer.concat([
    ...chunks,
    beforeDirectory,
    central,
    afterDirectory,
    end,
    comment,
    options.suffix ?? Buffer.alloc(0),
  ]);
}

/** Members that are as they should be. */
export function plainMembers(parts: ReadonlyMap<string, Buffer>): RawMember[] {
  return [...parts].map(([name, data]) => ({ name, data }));
}

/** The member as other zip writers would have packed it. */
export function deflated(member: RawMember): RawMember {
  const packed = deflateRawSync(member.data);
  const fields = { method: 8, crc: crc32(member.data), packed: packed.length, size: member.data.length };
  return { ...member, data: packed, local: fields, central: fields };
}

function localHeader({ name, data, local = {} }: RawMember): Buffer {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x0403_4b50, 0);
  common(head, 4, local, data, local.name ?? name);
  return Buffer.concat([head, Buffer.from(local.name ?? name, 'latin1'), local.extra ?? Buffer.alloc(0)]);
}

function centralRecord({ name, data, central = {} }: RawMember, offset: number): Buffer {
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x0201_4b50, 0);
  head.writeUInt16LE(central.madeBy ?? 20, 4);
  common(head, 6, central, data, central.name ?? name);
  head.writeUInt16LE(central.comment?.length ?? 0, 32);
  head.writeUInt16LE(central.disk ?? 0, 34);
  head.writeUInt32LE(central.attributes ?? 0, 38);
  head.writeUInt32LE(offset, 42);
  const tail = [central.extra ?? Buffer.alloc(0), Buffer.from(central.comment ?? '')];
  return Buffer.concat([head, Buffer.from(central.name ?? name, 'latin1'), ...tail]);
}

function common(head: Buffer, at: number, fields: RawFields, data: Buffer, name: string): void {
  head.writeUInt16LE(fields.version ?? 20, at);
  head.writeUInt16LE(fields.flags ?? 0, at + 2);
  head.writeUInt16LE(fields.method ?? 0, at + 4);
  head.writeUInt16LE(fields.time ?? 0, at + 6);
  head.writeUInt16LE(fields.date ?? 0x21, at + 8);
  head.writeUInt32LE(fields.crc ?? crc32(data), at + 10);
  head.writeUInt32LE(fields.packed ?? data.length, at + 14);
  head.writeUInt32LE(fields.size ?? data.length, at + 18);
  head.writeUInt16LE(Buffer.from(name, 'latin1').length, at + 22);
  head.writeUInt16LE(fields.extra?.length ?? 0, at + 24);
}
