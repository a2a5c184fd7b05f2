import { describe } from '@jest/globals';
import { approvalLinkConformance } from './approval-links.js';
import { concurrencyConformance } from './concurrency.js';
import { commitConformance } from './commit.js';
import { feedConformance } from './feed.js';
import { leadConformance } from './lead.js';
import { libraryConformance } from './library.js';
import { listConformance } from './lists.js';
import { logConformance } from './log.js';
import { openConformance } from './open.js';
import { peopleConformance } from './people.js';
import { signedConformance } from './signed.js';
import { snapshotConformance } from './snapshots.js';
import type { StoreUnderTest } from './setup.js';
import { teamConformance } from './teams.js';
import { togetherConformance } from './together.js';
import { workConformance } from './work.js';

/**
 * Every store passes these tests. `makeStore` is asked for an empty store before each of them; it may take its time,
 * but two tests must not see each other's rows.
 */
export function storeConformance(name: string, makeStore: () => Promise<StoreUnderTest>): void {
  describe(`${name} keeps the store's contract`, () => {
    openConformance(makeStore);
    commitConformance(makeStore);
    concurrencyConformance(makeStore);
    togetherConformance(makeStore);
    teamConformance(makeStore);
    listConformance(makeStore);
    libraryConformance(makeStore);
    workConformance(makeStore);
    peopleConformance(makeStore);
    feedConformance(makeStore);
    approvalLinkConformance(makeStore);
    logConformance(makeStore);
    signedConformance(makeStore);
    leadConformance(makeStore);
    snapshotConformance(makeStore);
  });
}
