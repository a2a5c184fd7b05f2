/** Kills the processes that keep the log, again and again, while responders work and an auditor follows it. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { ask } from '../support/ask.js';
import { publish, type Deployment } from '../support/deployment.js';
import { LogFollower, type Acknowledged } from '../support/follow-log.js';
import { chance, type Chance } from '../support/random.js';
import { SHORT_CLOCKS } from '../support/short-clocks.js';
import { pause, until } from '../support/until.js';
import { Clients, type Target } from './clients.js';
import { Ledger } from './ledger.js';
import { LogProcesses, type Role } from './log-processes.js';

export interface LogCampaignOptions {
  readonly deployment: Deployment;
  readonly roles: readonly Role[];
  readonly kills: number;
  readonly seed: number;
  /** A folder for what leaves the system. */
  readonly folder: string;
}

export interface LogCampaign {
  readonly ledger: Ledger;
  readonly follower: LogFollower;
  /** The whole log as it was handed out after the last kill. */
  readonly exported: string;
  /** The file that every checkpoint was brought to. */
  readonly sink: string;
  readonly figures: { kills: number; duringStart: number };
}

const PROVED_BOUND_MS = 60_000;
const CLIENTS = 10;
const INCIDENTS = 12;

/** Runs the load through so many kills, takes the whole log out, and stops in order. */
export async function runLogCampaign(options: LogCampaignOptions): Promise<LogCampaign> {
  const { deployment, roles, kills, seed, folder } = options;
  const sink = join(folder, 'checkpoints');
  const token = randomUUID() + randomUUID();
  const settings = {
    ...deployment.settings,
    CORDON_BOOTSTRAP_TOKEN: token,
    CORDON_LOG_CHECKPOINT_FILE: sink,
  };
  await publish(deployment, SHORT_CLOCKS);
  const ledger = new Ledger();
  const processes = new LogProcesses(settings, roles);
  const follower = new LogFollower({
    url: () => processes.url,
    token,
    workingSince: () => processes.workingSince,
    newest: () => newestIn(ledger),
  });
  const figures = { kills: 0, duringStart: 0 };
  try {
    await processes.ready();
    follower.start();
    const target: Target = {
      get url() {
        return processes.url;
      },
    };
    const tokens = { lead: token, auditor: await newAuditor(processes, token) };
    const clients = new Clients({ target, ledger, seed, count: CLIENTS, tokens, incidents: INCIDENTS });
    await clients.start();
    const luck = chance(seed);
    while (figures.kills < kills) {
      if (luck.happens(0.2) && figures.kills > 0) figures.duringStart += 1;
      else await processes.ready();
      await pause(luck.between(50, 1_500));
      await processes.kill(victims(luck, roles));
      figures.kills += 1;
    }
    await processes.ready();
    await clients.stop();
    const exported = join(folder, 'log.zip');
    await processes.exportTo(exported, token, await settledUrl(processes, token, ledger));
    await until('the follower has seen a proof', PROVED_BOUND_MS, async () =>
      follower.proved > 0 || follower.faults.length > 0 ? true : undefined,
    );
    await follower.stop();
    await processes.stop();
    // What was stopped in order finds its log sound at the next start.
    processes.start();
    await processes.ready();
    await processes.stop();
    return { ledger, follower, exported, sink, figures };
  } finally {
    await follower.stop();
    await processes.killAll();
  }
}

/** One of them, and now and then all at once. */
function victims(luck: Chance, roles: readonly Role[]): readonly Role[] {
  return luck.happens(0.3) ? roles : [luck.pick(roles)];
}

function newestIn({ told }: Ledger): Acknowledged | undefined {
  const last = [...told.values()].findLast(({ seq }) => seq !== undefined);
  return last?.seq === undefined || last.hash === undefined
    ? undefined
    : { ref: last.ref, seq: last.seq, hash: last.hash };
}

async function newAuditor(processes: LogProcesses, token: string): Promise<string> {
  const json = { name: 'Auditor', roles: ['auditor'] };
  const { body } = await ask(`${processes.url}/api/v1/tokens`, { token, json });
  return String(body['token']);
}

/** Where everything that was acknowledged is in the tree: one entry more, the last of all, is under a checkpoint. */
async function settledUrl(processes: LogProcesses, token: string, ledger: Ledger): Promise<string> {
  const { url } = processes;
  const [ref] = ledger.opened;
  if (url === undefined || ref === undefined) throw new Error('nothing runs, or nothing was opened');
  const json = { type: 'note.add', data: { text: 'the last one' } };
  const last = await ask(`${url}/api/v1/incidents/${ref}/events`, { token, json, key: 'the-last' });
  if (!ledger.note('the-last', ref, last)) throw new Error(`the last one was answered ${last.text}`);
  const { seq } = last.body['transition'] as { readonly seq: number };
  const proof = `${url}/api/v1/incidents/${ref}/transitions/${seq}/proof`;
  await until('the last entry is under a checkpoint', PROVED_BOUND_MS, async () =>
    (await ask(proof, { token })).status === 200 ? true : undefined,
  );
  return url;
}
