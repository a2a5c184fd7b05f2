import { type Change, diffPlaybooks, mappingOf, type StepMapping } from '@cordon/proof';
import type { Command } from 'commander';
import { type ExitCode, exitCodes } from '../exit-codes.js';
import { coloursOf, type Io, print, printJson, shown } from '../io.js';
import { loadSoundPlaybook } from '../playbooks/load-playbook.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface DiffOptions extends GlobalOptions {
  readonly exitCode?: boolean;
}

/** Registers `playbook diff`. It ends with 0 whenever it could compare, with 1 for a difference only under --exit-code. */
export function registerPlaybookDiff(playbook: Command, { io, finish }: CommandContext): void {
  playbook
    .command('diff')
    .summary('say what changed between two versions')
    .description(
      'Compares two versions of a playbook by meaning: steps, conditions, deadlines, forms, roles, texts. Says which step of the new version stands for which of the old one, where their ids differ.',
    )
    .argument('<old>', 'the version before (YAML)')
    .argument('<new>', 'the version after (YAML)')
    .option('--exit-code', 'end with 1 when they differ')
    .addHelpText('after', example('playbook diff old/playbook.yaml playbooks/ransomware/playbook.yaml'))
    .action(async (before: string, after: string, _options, command: Command) => {
      finish(await diff(io, before, after, optionsOf<DiffOptions>(command)));
    });
}

async function diff(io: Io, oldFile: string, newFile: string, options: DiffOptions): Promise<ExitCode> {
  const [before, after] = [await loadSoundPlaybook(io, oldFile), await loadSoundPlaybook(io, newFile)];
  const changes = diffPlaybooks(before.playbook, after.playbook);
  const mapping = mappingOf(before.playbook, after.playbook);
  if (options.json) {
    const named = ({ playbook: { id, version }, digest }: typeof before) => ({ id, version, digest });
    printJson(io, { before: named(before), after: named(after), changes, mapping });
  } else print(io, textOf(io, changes, mapping));
  return options.exitCode && changes.length > 0 ? exitCodes.failure : exitCodes.ok;
}

/** First what changes the procedure, then what changes words only, then the steps that go by another id now. */
function textOf(io: Io, changes: readonly Change[], { steps }: StepMapping): string {
  if (changes.length === 0) return 'They mean the same.';
  const colours = coloursOf(io, io.out);
  const section = (title: string, lines: readonly string[]): readonly string[] =>
    lines.length === 0
      ? []
      : [colours.bold(`${title} (${lines.length})`), ...lines.map((line) => `  ${shown(line)}`)];
  const of = (weight: Change['weight']): readonly string[] =>
    changes.filter((change) => change.weight === weight).map(({ text }) => text);
  const other = steps.filter(({ from, to }) => from !== to);
  return [
    ...section('Procedure', of('procedure')),
    ...section('Wording', of('wording')),
    ...section(
      'Steps that running incidents would find elsewhere',
      other.map(({ from, to, reasons }) => `${from} → ${to ?? 'nothing'}: ${reasons.join(' ')}`),
    ),
  ].join('\n');
}
