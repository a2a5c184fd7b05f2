/**
 * What Cordon has acknowledged survives `kill -9` at any moment, exactly once, with an unbroken history.
 *
 *     CORDON_KILLS=200 npm test -- test/durability      many kills on each database; CORDON_SEED=… repeats a run
 *
 * The seed fixes when is killed and what is sent, not how the processes interleave.
 */
import { expect, test } from '@jest/globals';
import { embeddedDeployment, serverDeployment } from '../support/deployment.js';
import { inspectDatabase } from '../support/inspect-database.js';
import { seedOfRun } from '../support/random.js';
import { runCampaign } from './harness.js';
import { judgeCampaign } from './promises.js';

const kills = Number(process.env['CORDON_KILLS'] ?? 8);
/** A round takes two or three seconds; what is added at the end, and a busy machine, are allowed for. */
const boundMs = 420_000 + kills * 15_000;

test.each([
  ['the embedded PostgreSQL, killed too now and then', embeddedDeployment],
  ['a PostgreSQL server', serverDeployment],
])(
  'on %s: nothing acknowledged is lost or done twice, and no transition is half applied',
  async (name, deploy) => {
    const seed = seedOfRun();
    tell(`${name}: ${kills} kills, CORDON_SEED=${seed}`);
    const deployment = await deploy();
    try {
      const campaign = await runCampaign({ deployment, kills, seed });
      await campaign.sink.close();
      const incidents = await deployment.whileDown(inspectDatabase);
      const { figures, ...broken } = judgeCampaign(campaign, incidents);
      tell(`${name}: ${JSON.stringify(figures)}`);
      expect(broken).toEqual({ lost: [], duplicated: [], undelivered: [], faults: [] });
      expect(figures).toMatchObject({ kills });
      expect(
        Math.min(figures['accepted'] ?? 0, figures['timersFired'] ?? 0, figures['effects'] ?? 0),
      ).toBeGreaterThan(0);
    } finally {
      await deployment.remove();
    }
  },
  boundMs,
);

function tell(line: string): void {
  process.stderr.write(`${line}\n`);
}
