import type { Plan, StepRecords, SystemMove } from '@cordon/playbook';
import type { SystemLife } from './model.js';

const AFTER: Readonly<Record<SystemMove, SystemLife>> = {
  isolate: 'isolated',
  restore: 'restored',
  verify: 'verified',
  return: 'returned',
};

/** Where a system is: after its last completed move, or `restoring` while the restore step is in progress. */
export function lifeOf(plan: Plan, records: StepRecords): SystemLife {
  let life: SystemLife = 'affected';
  for (const [move, step] of plan.moves) {
    const status = records[step]?.status;
    if (status === 'completed') life = AFTER[move];
    else return move === 'restore' && status === 'in_progress' ? 'restoring' : life;
  }
  return life;
}
