/**
 * The log as an auditor sees it, while the processes that keep it are killed at any moment.
 *
 *     CORDON_KILLS=200 npm test -- test/durability/log      many kills; CORDON_SEED=… repeats a run
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { embeddedDeployment, serverDeployment } from '../support/deployment.js';
import { seedOfRun } from '../support/random.js';
import { runLogCampaign } from './log-campaign.js';
import { contradictions, missingFrom, readExport, refusals, unfinished } from './log-judge.js';
import type { Role } from './log-processes.js';

const kills = Number(process.env['CORDON_KILLS'] ?? 8);
const boundMs = 300_000 + kills * 15_000;

const shapes: readonly [string, () => ReturnType<typeof serverDeployment>, readonly Role[], number][] = [
  ['one process on the embedded PostgreSQL', embeddedDeployment, ['all'], Math.ceil(kills / 2)],
  ['an API and a worker on a PostgreSQL server', serverDeployment, ['api', 'worker'], Math.floor(kills / 2)],
];

test.each(shapes)(
  'on %s: what is acknowledged is in the tree once, and no checkpoint contradicts another',
  async (name, deploy, roles, share) => {
    const seed = seedOfRun();
    const deployment = await deploy();
    const folder = await mkdtemp(join(tmpdir(), 'cordon-log-'));
    try {
      const campaign = await runLogCampaign({ deployment, roles, kills: share, seed, folder });
      const { follower, ledger, exported, sink, figures } = campaign;
      const log = await readExport(exported);
      const { checkpoints, faults } = await contradictions(log, follower, sink);
      const { proved, slowestMs, seen } = follower;
      const shown = { ...figures, entries: log.to, seen: seen.length, checkpoints, proved, slowestMs };
      process.stderr.write(`${name}: CORDON_SEED=${seed} ${JSON.stringify(shown)}\n`);
      expect([...follower.faults, ...faults, ...ledger.faults]).toEqual([]);
      expect(missingFrom(log, ledger)).toEqual([]);
      const { policy } = follower;
      for (const since of [seen[0]?.note, seen.findLast(({ size }) => size <= log.to)?.note])
        expect(await refusals(exported, { policy, ...(since === undefined ? {} : { since }) })).toEqual([]);
      expect(await deployment.whileDown(unfinished)).toEqual([]);
      expect(Math.min(seen.length, proved, ledger.accepted, figures.kills)).toBeGreaterThan(0);
    } finally {
      await deployment.remove();
      await rm(folder, { recursive: true, force: true });
    }
  },
  boundMs,
);
