/** Scripts from files, checked against the playbook that they are for. */
import { resolve } from 'node:path';
import type { Json } from '@cordon/kernel';
import type { Playbook } from '@cordon/playbook';
import { readScript, type Script } from '@cordon/proof';
import { parseDocument } from 'yaml';
import { CliError, exitCodes } from '../exit-codes.js';
import type { Io } from '../io.js';
import { readNamed } from '../playbooks/load-playbook.js';

/** Reads a script, YAML or JSON, for this playbook. Fails with a CliError that lists what is wrong in it. */
export async function scriptIn(io: Io, file: string, playbook: Playbook): Promise<Script> {
  const text = await readNamed(resolve(io.cwd, file), `The script ${file}`);
  const document = parseDocument(text, { schema: 'core', uniqueKeys: true, merge: false });
  const [error] = document.errors;
  if (error) {
    throw new CliError(
      `The script ${file} is not YAML: ${error.message.split('\n')[0] ?? ''}`,
      exitCodes.usage,
    );
  }
  const result = readScript(document.toJS({ maxAliasCount: 100 }) as Json, playbook);
  if ('script' in result) return result.script;
  throw new CliError(`The script ${file} cannot be carried out.`, exitCodes.usage, result.problems);
}
