/** COPY as streams of bytes. */
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Client } from 'pg';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';

/** The server sends a message for each row; what is passed on is at least so long, but for the last. */
const CHUNK_BYTES = 256 * 1024;

/** So that a value has one spelling, whatever the login's or the database's own settings are. */
export const PLAIN_SETTINGS = [
  `SET LOCAL client_encoding = 'UTF8'`,
  `SET LOCAL datestyle = 'ISO, YMD'`,
  `SET LOCAL intervalstyle = 'postgres'`,
  `SET LOCAL timezone = 'UTC'`,
  `SET LOCAL bytea_output = 'hex'`,
  `SET LOCAL extra_float_digits = 3`,
  `SET LOCAL statement_timeout = 0`,
  `SET LOCAL idle_in_transaction_session_timeout = 0`,
];

/** What a COPY … TO STDOUT gives. Whoever stops early must give the connection up. */
export async function* copyOut(client: Client, statement: string): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of client.query(copyTo(statement)) as AsyncIterable<Buffer>) {
    held.push(chunk);
    bytes += chunk.length;
    if (bytes < CHUNK_BYTES) continue;
    yield Buffer.concat(held);
    [held, bytes] = [[], 0];
  }
  if (bytes > 0) yield Buffer.concat(held);
}

/** Feeds a COPY … FROM STDIN; the number of rows that were added. */
export async function copyIn(
  client: Client,
  statement: string,
  bytes: AsyncIterable<Uint8Array>,
): Promise<number> {
  const sink = client.query(copyFrom(statement));
  await pipeline(Readable.from(bytes, { objectMode: true }), sink);
  return sink.rowCount;
}

/** Lines that end in these bytes: in COPY's text form, each row is one. */
export function linesIn(bytes: Uint8Array): number {
  let lines = 0;
  for (let at = bytes.indexOf(0x0a); at >= 0; at = bytes.indexOf(0x0a, at + 1)) lines += 1;
  return lines;
}
