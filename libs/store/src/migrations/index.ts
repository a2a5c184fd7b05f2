import { CreateTables1795200000000 } from './1-create-tables.js';
import { RefuseChangesToHistory1795200000001 } from './2-refuse-changes-to-history.js';
import { NameTheLog1795200000002 } from './3-name-the-log.js';
import { LetStepsFail1795200000003 } from './4-let-steps-fail.js';
import { LimitWhoSees1795200000004 } from './5-limit-who-sees.js';
import { KnowPeople1795200000005 } from './6-know-people.js';
import { LockPersonalData1795200000006 } from './7-lock-personal-data.js';
import { ShareTheWork1795200000007 } from './8-share-the-work.js';
import { LeadToApprovals1795200000009 } from './9-lead-to-approvals.js';
import { KeepTheTree1795200000010 } from './10-keep-the-tree.js';
import { LetRetentionEnd1795200000011 } from './11-let-retention-end.js';

/** In the order in which they run. A migration is never edited once it is merged. */
export const migrations = [
  CreateTables1795200000000,
  RefuseChangesToHistory1795200000001,
  NameTheLog1795200000002,
  LetStepsFail1795200000003,
  LimitWhoSees1795200000004,
  KnowPeople1795200000005,
  LockPersonalData1795200000006,
  ShareTheWork1795200000007,
  LeadToApprovals1795200000009,
  KeepTheTree1795200000010,
  LetRetentionEnd1795200000011,
];
