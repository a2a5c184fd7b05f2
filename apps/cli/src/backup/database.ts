/** The database that a backup is made of, or put into. */
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { EmbeddedPostgresError, startEmbeddedPostgres } from '@cordon/store';
import { CliError, exitCodes } from '../exit-codes.js';
import { type Io, tell } from '../io.js';
import { dataFolderOf } from '../local/data-folder.js';

/** Which database it is, for people; never its password. */
export type DatabaseKind = 'DATABASE_URL' | 'embedded';

/**
 * The database of DATABASE_URL, or the embedded one for as long as the work takes. Throws a CliError where a server has
 * the embedded one open, or, unless it may be made, where there is none.
 */
export async function withDatabase<T>(
  io: Io,
  work: (url: string, kind: DatabaseKind) => Promise<T>,
  { mayMake = false }: { readonly mayMake?: boolean } = {},
): Promise<T> {
  const named = io.env['DATABASE_URL'];
  if (named) return work(named, 'DATABASE_URL');
  const dataDir = dataFolderOf(io);
  if (!mayMake && !(await stat(dataDir).catch(() => undefined)))
    throw new CliError(
      `There is no data folder ${dataDir}: name it in CORDON_DATA_DIR, or a server of your own in DATABASE_URL.`,
      exitCodes.notFound,
    );
  const embedded = await startEmbeddedPostgres({ dataDir, onNotice: (line) => tell(io, line) }).catch(
    (error: unknown) => {
      throw asCliError(error);
    },
  );
  try {
    return await work(embedded.url, 'embedded');
  } finally {
    await embedded.stop();
  }
}

function asCliError(error: unknown): unknown {
  if (!(error instanceof EmbeddedPostgresError)) return error;
  if (error.code !== 'in_use') return new CliError(error.message);
  return new CliError(
    `The embedded database needs its data folder to itself, and a server runs in it: stop the server, and start it again afterwards. ${error.message}`,
    exitCodes.conflict,
  );
}

/** Where the server of this checkout keeps evidence. */
export function evidenceFolderOf(io: Io): string {
  const named = io.env['CORDON_EVIDENCE_DIR'];
  return named ? resolve(io.root, named) : join(dataFolderOf(io), 'evidence');
}
