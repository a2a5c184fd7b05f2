import type { Finding } from '@cordon/playbook';
import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { coloursOf, type Io, print, printJson, shown } from '../io.js';
import { loadPlaybook } from '../playbooks/load-playbook.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

export function registerPlaybookCheck(playbook: Command, { io, finish }: CommandContext): void {
  playbook
    .command('check')
    .summary('check playbook files')
    .description('Check playbook files. Errors keep a playbook from being published; warnings do not.')
    .argument('<files...>', 'playbook files (YAML)')
    .addHelpText('after', example('playbook check playbooks/ransomware/playbook.yaml'))
    .action(async (files: string[], _options, command: Command) => {
      finish(await check(io, files, optionsOf<GlobalOptions>(command)));
    });
}

/** Every file is checked, whatever was found in the ones before. */
async function check(io: Io, files: readonly string[], options: GlobalOptions): Promise<ExitCode> {
  const results = [];
  for (const file of files) {
    const { playbook, findings } = await loadPlaybook(io, file);
    const ok = playbook !== undefined && !findings.some(({ severity }) => severity === 'error');
    results.push({ file, ok, ...(playbook ? { id: playbook.id, version: playbook.version } : {}), findings });
  }
  const ok = results.every((result) => result.ok);
  if (options.json) printJson(io, { ok, files: results });
  else results.forEach((result) => print(io, textOf(io, result)));
  return ok ? exitCodes.ok : exitCodes.failure;
}

interface Checked {
  readonly file: string;
  readonly ok: boolean;
  readonly id?: string;
  readonly version?: string;
  readonly findings: readonly Finding[];
}

function textOf(io: Io, { file, ok, id, version, findings }: Checked): string {
  const colours = coloursOf(io, io.out);
  const lines = findings.map(({ severity, message, line, column }) => {
    const mark = severity === 'error' ? colours.red('error') : colours.yellow('warning');
    return `${file}:${line}:${column}: ${mark}: ${shown(message)}`;
  });
  const verdict = ok
    ? `${colours.green('ok')}  ${file} (${id ?? ''} ${version ?? ''})`
    : `${colours.red('not ok')}  ${file}`;
  return [...lines, verdict].join('\n');
}
