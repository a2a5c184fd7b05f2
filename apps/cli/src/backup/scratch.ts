/** A database that is there for a drill, and gone after it. */
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedPostgres, withOwner } from '@cordon/store';
import { CliError, reasonOf } from '../exit-codes.js';
import type { Io } from '../io.js';

/** On the server of DATABASE_URL, under a name of its own; else an embedded server of its own in a temporary folder. */
export async function withScratchDatabase<T>(io: Io, work: (url: string) => Promise<T>): Promise<T> {
  const named = io.env['DATABASE_URL'];
  return named ? besides(named, work) : onOwnServer(work);
}

async function besides<T>(url: string, work: (url: string) => Promise<T>): Promise<T> {
  const name = `cordon_drill_${randomBytes(6).toString('hex')}`;
  const target = new URL(url);
  target.pathname = `/${name}`;
  const create = `CREATE DATABASE ${name} ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0`;
  await withOwner(url, (client) => client.query(create)).catch((error: unknown) => {
    throw new CliError(
      `No database can be made for the drill on the server of DATABASE_URL (${reasonOf(error)}): name a login that may (CREATEDB), or a server that is not the deployment's.`,
    );
  });
  try {
    return await work(target.href);
  } finally {
    await withOwner(url, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
  }
}

async function onOwnServer<T>(work: (url: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'cordon-drill-'));
  try {
    const embedded = await startEmbeddedPostgres({ dataDir: folder });
    try {
      return await work(embedded.url);
    } finally {
      await embedded.stop();
      await rm(embedded.dataDir, { recursive: true, force: true });
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
