import { systemClock } from '@cordon/kernel';
import { heldBack } from '@cordon/runtime';
import type { Logger } from 'pino';
import { createApp } from '../app.js';
import type { Config } from '../config.js';
import { Invitations } from '../identity/invitations.js';
import { openLog } from '../log-keeper/open-log.js';
import { Metrics } from '../operations/metrics.js';
import { playbookText } from '../playbooks/playbook-text.js';
import { Closers } from './closers.js';
import { openDatabase } from './database.js';
import { firstAdministratorLink } from './first-link.js';
import { ensureAdministrator } from './first-tokens.js';
import { listen, stopListening } from './listen.js';
import { publishShipped } from './shipped-playbooks.js';
import { assembleCordon, openJournal } from './use-cases.js';
import { startWorker } from './worker.js';

export interface Running {
  /** Where to open it; undefined for a process that only works. */
  readonly url: string | undefined;
  /** The administrator's token; undefined where the bootstrap token is used. */
  readonly tokenFile: string | undefined;
  /** By which the first administrator enrols; undefined when there is an administrator. */
  readonly firstLink: string | undefined;
  /** Stops accepting, finishes what is under way, and closes everything. May be called more than once. */
  stop(): Promise<void>;
}

/** Starts what the configuration asks for. On failure everything opened so far is closed again. */
export async function start(config: Config, log: Logger, tell: (line: string) => void): Promise<Running> {
  const closers = new Closers();
  try {
    const clock = systemClock;
    const { url: databaseUrl, store } = await openDatabase(config, tell, closers);
    const journal = openJournal(store, clock);
    const { log: logStore, snapshots } = store;
    const opened = await openLog({ store: logStore, snapshots, journal, config, clock, log, tell, closers });
    await publishShipped(store.playbooks, clock, tell);
    const cordon = heldBack(assembleCordon(store, clock), opened.backlog);
    const metrics = new Metrics().withProcess().withLog(opened.health);
    let url: string | undefined;
    let tokenFile: string | undefined;
    let firstLink: string | undefined;
    if (config.role !== 'worker') {
      tokenFile = await ensureAdministrator(config, store.tokens, clock);
      const app = await createApp({
        cordon,
        journal,
        vault: store.vault,
        store,
        playbookText: playbookText(cordon.library),
        config,
        clock,
        metrics,
        log,
        logService: opened.service,
        logHealth: opened.health,
      });
      closers.add(() => stopListening(app));
      url = await listen(app, config);
      firstLink = await firstAdministratorLink(app.get(Invitations), url);
    }
    if (config.role !== 'api') {
      const worker = await startWorker({
        ...{ cordon, store, databaseUrl, config, clock, metrics, log },
        url: url ?? config.publicUrl,
      });
      closers.add(() => worker.stop());
    }
    return { url, tokenFile, firstLink, stop: () => closers.close() };
  } catch (error) {
    await closers
      .close()
      .catch((failure: unknown) => log.error({ err: failure }, 'closing after a failed start'));
    throw error;
  }
}
