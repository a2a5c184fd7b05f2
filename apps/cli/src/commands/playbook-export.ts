import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { exportCacao } from '@cordon/exchange';
import { type Command, InvalidArgumentError } from 'commander';
import { CliError, type ExitCode, exitCodes, reasonOf } from '../exit-codes.js';
import { type Io, printJson, tell } from '../io.js';
import { loadSoundPlaybook } from '../playbooks/load-playbook.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface ExportOptions extends GlobalOptions {
  readonly out?: string;
  readonly createdBy?: string;
}

/** `playbook export`: a Cordon playbook as a CACAO 2.0 document on stdout. */
export function registerPlaybookExport(playbook: Command, { io, finish }: CommandContext): void {
  playbook
    .command('export')
    .summary('turn a Cordon playbook into a CACAO 2.0 document')
    .description(
      'Turn a Cordon playbook into a CACAO 2.0 document that other tools read. What CACAO has no word for goes along as an extension: importing the document gives the same playbook again.',
    )
    .argument('<file>', 'playbook file (YAML)')
    .option('--out <file>', 'write the document to this file')
    .option('--created-by <id>', 'STIX identity that is named as its author', identity)
    .addHelpText('after', example('playbook export playbooks/ransomware/playbook.yaml --out ransomware.json'))
    .action(async (file: string, _options, command: Command) => {
      finish(await exportFile(io, file, optionsOf<ExportOptions>(command)));
    });
}

function identity(value: string): string {
  if (/^identity--[0-9a-f]{8}-[0-9a-f]{4}-[1-5][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/i.test(value))
    return value;
  throw new InvalidArgumentError(
    'use the id of a STIX identity, such as identity--5abe695c-7bd5-4c31-8824-2528696cdbf1',
  );
}

async function exportFile(io: Io, file: string, { out, createdBy }: ExportOptions): Promise<ExitCode> {
  const { playbook } = await loadSoundPlaybook(io, file);
  const document = exportCacao(playbook, {
    now: Date.now(),
    ...(createdBy === undefined ? {} : { createdBy }),
  });
  if (out === undefined) {
    printJson(io, document);
    return exitCodes.ok;
  }
  try {
    await writeFile(resolve(io.cwd, out), `${JSON.stringify(document, null, 2)}\n`);
  } catch (error) {
    throw new CliError(`${out} cannot be written (${reasonOf(error)}): name a file in a folder that exists.`);
  }
  tell(io, `${out}: ${playbook.id} ${playbook.version} as CACAO 2.0`);
  return exitCodes.ok;
}
