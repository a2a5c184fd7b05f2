import { CreateTables1795200000000 } from './1-create-tables.js';
import { RefuseChangesToHistory1795200000001 } from './2-refuse-changes-to-history.js';
import { NameTheLog1795200000002 } from './3-name-the-log.js';
import { LetStepsFail1795200000003 } from './4-let-steps-fail.js';

/** In the order in which they run. A migration is never edited once it is merged. */
export const migrations = [
  CreateTables1795200000000,
  RefuseChangesToHistory1795200000001,
  NameTheLog1795200000002,
  LetStepsFail1795200000003,
];
