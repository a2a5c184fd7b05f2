import type { Command } from 'commander';
import { KEY_PURPOSES, type KeyPurpose } from '@cordon/runtime';
import { CliError, exitCodes } from '../exit-codes.js';
import { type Io, print, printJson, tell } from '../io.js';
import { folderKeysOf, originOf, speaking } from '../local/log-keys.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface RotateOptions extends GlobalOptions {
  readonly purpose: string;
}

export function registerAuditKey(audit: Command, { io }: CommandContext): void {
  const key = audit
    .command('key')
    .summary('show the keys that sign, and put new ones in their place')
    .description('Show the keys that sign the log and its bundles, and put new ones in their place.')
    .addHelpText('after', example('audit key show', 'audit key rotate'));
  key
    .command('show')
    .summary('print the lines that auditors put into their policy file')
    .description('Print the public keys (C2SP vkeys) that lie in the data folder.')
    .addHelpText('after', example('audit key show'))
    .action(async (_options, command: Command) =>
      speaking(() => show(io, optionsOf<GlobalOptions>(command))),
    );
  key
    .command('rotate')
    .summary('lay a new key beside the present one')
    .description(
      'Lay a new key beside the present one. The running server, or the next that starts, announces it in the log, lets both sign one checkpoint, and destroys the old one.',
    )
    .option('--purpose <purpose>', `which key: ${KEY_PURPOSES.join(' or ')}`, 'log')
    .addHelpText('after', example('audit key rotate', 'audit key rotate --purpose bundle'))
    .action(async (_options, command: Command) =>
      speaking(() => rotate(io, optionsOf<RotateOptions>(command))),
    );
}

interface ShownKey {
  readonly purpose: KeyPurpose;
  readonly vkey: string;
  /** It lies beside the present one, and takes its place as soon as the server has announced it. */
  readonly next: boolean;
}

async function show(io: Io, { json }: GlobalOptions): Promise<void> {
  const shown = await shownKeys(io);
  if (json) return printJson(io, { keys: shown });
  for (const { purpose, vkey, next } of shown)
    print(io, `${purpose.padEnd(6)}  ${vkey}${next ? '  (next)' : ''}`);
  if (!folderKeysOf(io).log)
    tell(
      io,
      'The key of the log is where CORDON_LOG_KEY says: GET /api/v1/audit/key of the running server shows it.',
    );
}

async function shownKeys(io: Io): Promise<readonly ShownKey[]> {
  const origin = await originOf(io);
  const { keys, log } = folderKeysOf(io);
  const shown: ShownKey[] = [];
  for (const purpose of KEY_PURPOSES) {
    if (purpose === 'log' && !log) continue;
    const { keys: present } = await keys.present(purpose, origin, false);
    shown.push(...present.map(({ vkey }, i) => ({ purpose, vkey, next: i > 0 })));
  }
  return shown;
}

async function rotate(io: Io, { purpose, json }: RotateOptions): Promise<void> {
  if (!isPurpose(purpose))
    throw new CliError(
      `There is no key for "${purpose}": name one of ${KEY_PURPOSES.join(', ')}.`,
      exitCodes.usage,
    );
  const { keys, log } = folderKeysOf(io);
  if (purpose === 'log' && !log)
    throw new CliError(
      'The key of the log is not in a file of ours: set CORDON_LOG_KEY to "OLD -> NEW", start the server, and after the next checkpoint to "NEW".',
    );
  await originOf(io);
  const file = keys.file(purpose);
  if ((await file.keys()).length === 0)
    throw new CliError(
      `There is no key at ${file.path} to be replaced: start the server once.`,
      exitCodes.notFound,
    );
  if (!(await file.addNext()))
    throw new CliError(
      `A new key lies at ${file.nextPath} already, and waits for the server to announce it: start the server, or look at its log.`,
      exitCodes.conflict,
    );
  const next = (await shownKeys(io)).find((one) => one.purpose === purpose && one.next);
  if (json) return printJson(io, { purpose, vkey: next?.vkey });
  print(io, next?.vkey ?? '');
  tell(
    io,
    'This is the next key. The server announces it with the next checkpoint, and destroys the old one after both have signed. Give auditors this line.',
  );
}

function isPurpose(text: string): text is KeyPurpose {
  return KEY_PURPOSES.some((purpose) => purpose === text);
}
