/** Playbook files as the commands read them: with the playbooks that they use, checked. */
import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { digestOf } from '@cordon/audit';
import { compileMachines, type Machines } from '@cordon/engine';
import { isJsonObject, type Json } from '@cordon/kernel';
import {
  gatherSources,
  parsePlaybook,
  type Finding,
  type Playbook,
  type PlaybookSource,
} from '@cordon/playbook';
import { parseDocument } from 'yaml';
import { CliError, exitCodes, reasonOf } from '../exit-codes.js';
import { shown, type Io } from '../io.js';

export interface LoadedPlaybook {
  /** Hex SHA-256 of the text. */
  readonly digest: string;
  /** Present exactly when no finding is an error. */
  readonly playbook?: Playbook;
  readonly findings: readonly Finding[];
}

/** Reads and checks one file. Playbooks that it uses are looked for beside its folder, then among the shipped ones. */
export async function loadPlaybook(io: Io, file: string): Promise<LoadedPlaybook> {
  const path = resolve(io.cwd, file);
  const text = await readNamed(path, `The playbook ${file}`);
  const folders = [dirname(dirname(path)), join(io.root, 'playbooks')];
  const sources = await gatherSources(text, (use) => sourceIn(folders, use));
  return { digest: digestOf(text), ...parsePlaybook(text, sources) };
}

/** As `loadPlaybook`; a playbook with errors ends the command with all of them, line by line. */
export async function loadSoundPlaybook(
  io: Io,
  file: string,
): Promise<{ readonly playbook: Playbook; readonly digest: string }> {
  const { playbook, digest, findings } = await loadPlaybook(io, file);
  if (playbook) return { playbook, digest };
  const errors = findings.filter(({ severity }) => severity === 'error');
  throw new CliError(
    `The playbook ${file} has errors: put them right first.`,
    exitCodes.failure,
    errors.map(({ line, column, message }) => `${file}:${line}:${column}: ${shown(message)}`),
  );
}

/** As `loadSoundPlaybook`, ready to run. */
export async function loadMachines(io: Io, file: string): Promise<Machines> {
  const { playbook, digest } = await loadSoundPlaybook(io, file);
  return compileMachines(playbook, digest);
}

/** Reads a file; `what` begins the sentence that says it cannot be read, `wanted` ends it. */
export async function readNamed(path: string, what: string, wanted = 'YAML file'): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new CliError(
      `${what} cannot be read (${reasonOf(error)}): name a ${wanted}.`,
      exitCodes.notFound,
    );
  }
}

async function sourceIn(
  folders: readonly string[],
  { id, version }: { readonly id: string; readonly version: string },
): Promise<PlaybookSource | undefined> {
  for (const folder of folders) {
    // An id with a slash is no id, and leads nowhere.
    if (!/^[a-z][a-z0-9-]*$/.test(id)) return undefined;
    const text = await readFile(join(folder, id, 'playbook.yaml'), 'utf8').catch(() => undefined);
    if (text !== undefined && versionOf(text) === version) return { text, digest: digestOf(text) };
  }
  return undefined;
}

function versionOf(text: string): string | undefined {
  const document = parseDocument(text, { schema: 'core', merge: false });
  if (document.errors.length > 0) return undefined;
  const root = document.toJS({ maxAliasCount: 100 }) as Json;
  return isJsonObject(root) && typeof root.version === 'string' ? root.version : undefined;
}
