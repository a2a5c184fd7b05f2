import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { drawPlaybook, mermaidOf, outlineOf } from '@cordon/diagram';
import { compile, type Plan, planOf } from '@cordon/playbook';
import { type Command, Option } from 'commander';
import { CliError, exitCodes, reasonOf } from '../exit-codes.js';
import { type Io, print, printJson, shown, tell } from '../io.js';
import { loadSoundPlaybook } from '../playbooks/load-playbook.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface DiagramCommandOptions {
  readonly format: 'svg' | 'mermaid' | 'xstate' | 'text';
  readonly theme: 'auto' | 'light' | 'dark';
  readonly width: 'wide' | 'narrow';
  readonly language?: string;
  readonly out?: string;
}

export function registerPlaybookDiagram(playbook: Command, { io, finish }: CommandContext): void {
  playbook
    .command('diagram')
    .summary('draw a playbook')
    .description(
      'Draw a playbook: as a picture (SVG), as a Mermaid flowchart, as the XState machines it is run by (JSON), or as a text outline.',
    )
    .argument('<file>', 'playbook file (YAML)')
    .addOption(
      new Option('--format <format>', 'what to write')
        .choices(['svg', 'mermaid', 'xstate', 'text'])
        .default('svg'),
    )
    .addOption(
      new Option('--theme <theme>', 'colours of the picture; auto follows the reader')
        .choices(['auto', 'light', 'dark'])
        .default('auto'),
    )
    .addOption(
      new Option('--width <width>', 'wide for screens and paper, narrow for phones')
        .choices(['wide', 'narrow'])
        .default('wide'),
    )
    .option('--language <tag>', "one of the playbook's languages (default: its first)")
    .option('--out <file>', 'write to this file instead of stdout; what is there is replaced')
    .addHelpText(
      'after',
      example(
        'playbook diagram playbooks/ransomware/playbook.yaml --out ransomware.svg',
        'playbook diagram playbooks/ransomware/playbook.yaml --format text --language zh-Hant',
      ),
    )
    .action(async (file: string, _options, command: Command) => {
      await diagram(io, file, optionsOf<DiagramCommandOptions>(command));
      finish(exitCodes.ok);
    });
}

async function diagram(io: Io, file: string, options: DiagramCommandOptions & GlobalOptions): Promise<void> {
  const plan = planOf((await loadSoundPlaybook(io, file)).playbook);
  const { id, version } = plan.playbook;
  const language = languageOf(file, plan, options.language);
  const text = textOf(plan, language, options);
  const { format, out, json } = options;
  if (out !== undefined) await write(io, out, text);
  if (json) {
    printJson(io, {
      id,
      version,
      format,
      language,
      ...(out === undefined ? { content: text } : { file: out }),
    });
  } else if (out === undefined) print(io, text.trimEnd());
  else tell(io, `Wrote ${shown(out)}.`);
}

function textOf(plan: Plan, language: string, { format, theme, width }: DiagramCommandOptions): string {
  switch (format) {
    case 'svg':
      return drawPlaybook(plan, { language, theme, width });
    case 'mermaid':
      return mermaidOf(plan, { language });
    case 'xstate':
      return `${JSON.stringify(compile(plan), null, 2)}\n`;
    case 'text':
      return outlineOf(plan, { language });
  }
}

async function write(io: Io, file: string, text: string): Promise<void> {
  try {
    await writeFile(resolve(io.cwd, file), text);
  } catch (error) {
    throw new CliError(
      `${file} cannot be written (${reasonOf(error)}): name a file in a folder that exists.`,
      exitCodes.failure,
    );
  }
}

function languageOf(file: string, plan: Plan, wanted: string | undefined): string {
  const { languages } = plan.playbook;
  if (wanted === undefined) return languages[0] ?? 'en';
  if (languages.includes(wanted)) return wanted;
  throw new CliError(
    `The playbook ${file} is not written in ${wanted}: choose one of ${languages.join(', ')}.`,
    exitCodes.usage,
  );
}
