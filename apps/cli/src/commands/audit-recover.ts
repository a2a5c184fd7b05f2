import { randomBytes } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import { systemClock } from '@cordon/kernel';
import { DeploymentJournal, recover, recoverable, type Recovery } from '@cordon/runtime';
import { migrate, openStore, startEmbeddedPostgres, type Store } from '@cordon/store';
import { CliError, exitCodes } from '../exit-codes.js';
import { type Io, print, printJson, tell } from '../io.js';
import { dataFolderOf } from '../local/data-folder.js';
import { folderKeysOf, signerMemoryOf, speaking } from '../local/log-keys.js';
import { type CommandContext, example, type GlobalOptions, optionsOf } from './context.js';

interface RecoverCommand extends GlobalOptions {
  readonly confirm?: string;
}

export function registerAuditRecover(audit: Command, { io }: CommandContext): void {
  audit
    .command('recover')
    .summary('begin a new tree after entries were lost, and say so in the history')
    .description(
      'Begin a new tree, with a new origin and a new key, over the entries that are left, and quote in the history what was signed before. Only while no server runs, and only where what is missing is gone for good: it cannot be taken back. Works on DATABASE_URL, or on the embedded database of the data folder.',
    )
    .option('--confirm <origin>', 'the origin that is given up, as this command says it without the option')
    .addHelpText('after', example('audit recover', 'audit recover --confirm cordon-log/0b3c…'))
    .action(async (_options, command: Command) => {
      const options = optionsOf<RecoverCommand>(command);
      await speaking(() =>
        withStore(io, async (store) => {
          const led = await store.log.lead(() => recoverConfirmed(io, store, options));
          if (!led)
            throw new CliError(
              'A server runs over this database: stop it first, and all others.',
              exitCodes.conflict,
            );
        }),
      );
    });
}

async function recoverConfirmed(io: Io, store: Store, { confirm, json }: RecoverCommand): Promise<void> {
  const memory = signerMemoryOf(io);
  const what = { store: store.log, memory, log: store.logName };
  const { previousOrigin, begun } = await recoverable(what);
  if (confirm !== previousOrigin)
    throw new CliError(
      `This gives up the tree ${previousOrigin}${begun ? ' (it has begun already, and was cut short)' : ''} for good. Where that is meant, repeat it with --confirm ${previousOrigin}`,
      exitCodes.usage,
    );
  const { keys, log } = folderKeysOf(io);
  const recovery = await recover({
    ...what,
    journal: journalOf(store),
    moveAside: async (suffix) => {
      if (log) await keys.file('log').moveAside(suffix);
      await memory.moveAside(suffix);
    },
    told: (entries) => tell(io, `${entries} entries are in the new tree.`),
  });
  if (json) printJson(io, recovery);
  else print(io, textOf(recovery, log));
}

function journalOf(store: Store): DeploymentJournal {
  const salt = (): string => randomBytes(16).toString('base64url');
  const wait = async (ms: number): Promise<void> => void (await pause(ms));
  return new DeploymentJournal({
    ...{ store: store.journal, log: store.logName, clock: systemClock },
    salt,
    pause: wait,
  });
}

function textOf({ previousOrigin, origin, size, signed }: Recovery, newKey: boolean): string {
  const lost =
    signed === undefined
      ? `Nothing had been signed as ${previousOrigin}.`
      : signed > size
        ? `As ${previousOrigin}, ${signed} entries had been signed: at least ${signed - size} are missing.`
        : `As ${previousOrigin}, ${signed} entries had been signed.`;
  return [
    `The log is now ${origin}, over the ${size} entries that are left.`,
    lost,
    'The history says so in its entry log.recover, with the checkpoint that was signed last.',
    `Start the server${newKey ? ', which makes a new key' : ''}, and give auditors the new line: audit key show.`,
  ].join('\n');
}

/** The database of DATABASE_URL, or the embedded one for as long as the work takes. */
async function withStore(io: Io, work: (store: Store) => Promise<void>): Promise<void> {
  const named = io.env['DATABASE_URL'];
  const embedded = named ? undefined : await startEmbeddedPostgres({ dataDir: dataFolderOf(io) });
  try {
    const url = named || (embedded?.url ?? '');
    await migrate({ url });
    const store = await openStore({ url, applicationName: 'cordon recover' });
    try {
      await work(store);
    } finally {
      await store.close();
    }
  } finally {
    await embedded?.stop();
  }
}
