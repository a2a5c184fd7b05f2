import { exportCacao, exportExecution, type StepRun } from '@cordon/exchange';
import { isJsonObject, type JsonObject } from '@cordon/kernel';
import type { Playbook } from '@cordon/playbook';
import type { EntryView } from '@cordon/runtime';

/** What an event does to a run of its step; any other event is not about how a step went. */
const ENDS: Readonly<Record<string, StepRun['outcome']>> = {
  'step.complete': 'completed',
  'approval.approve': 'completed',
  'action.succeeded': 'completed',
  'step.skip': 'skipped',
  'step.fail': 'failed',
  'approval.refuse': 'failed',
  'action.failed': 'failed',
  'step.problem': 'failed',
};

/** A history as CACAO execution-status objects, one for each time that a step was under way. O(entries). */
export function executionOf(
  ref: string,
  playbook: Playbook,
  entries: readonly EntryView[],
): readonly JsonObject[] {
  const ids = cacaoIds(playbook);
  const begun = new Map<string, { readonly at: number; readonly by: string }>();
  const counts = new Map<string, number>();
  const runs: StepRun[] = [];
  const run = (step: string, outcome: StepRun['outcome'], entry: EntryView, endedAt?: number): void => {
    const count = (counts.get(step) ?? 0) + 1;
    counts.set(step, count);
    const reason = isJsonObject(entry.event.data) ? entry.event.data['reason'] : undefined;
    runs.push({
      key: `${ref}/${step}#${count}`,
      workflowStep: ids.get(step.split('@')[0] ?? step) ?? step,
      startedAt: begun.get(step)?.at ?? Date.parse(entry.occurredAt),
      ...(endedAt === undefined ? {} : { endedAt }),
      outcome,
      executedBy: begun.get(step)?.by ?? entry.actor.name ?? entry.actor.id,
      commands: [],
      ...(typeof reason === 'string' ? { reason } : {}),
      ...(entry.note === undefined || entry.note === null ? {} : { notes: entry.note }),
      automated: entry.event.type.startsWith('action.'),
    });
    begun.delete(step);
  };
  let last: EntryView | undefined;
  for (const entry of entries) {
    const { step, type } = entry.event;
    if (entry.kind !== 'transition' || step === undefined) continue;
    last = entry;
    if (type === 'step.start') {
      begun.set(step, { at: Date.parse(entry.occurredAt), by: entry.actor.name ?? entry.actor.id });
    }
    const outcome = ENDS[type];
    if (outcome) run(step, outcome, entry, Date.parse(entry.occurredAt));
  }
  for (const step of [...begun.keys()]) if (last) run(step, 'under-way', last);
  return exportExecution(runs);
}

const KINDS = ['task', 'notice', 'decision', 'approval', 'action', 'wait'] as const;

/** The CACAO step of each step of ours: the one it was imported from, or the one that it is exported as. */
function cacaoIds(playbook: Playbook): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  const { workflow } = exportCacao(playbook, { now: 0 });
  if (!isJsonObject(workflow)) return ids;
  for (const [id, step] of Object.entries(workflow)) {
    for (const own of ownNames(step)) ids.set(own, id);
  }
  return ids;
}

function ownNames(step: unknown): readonly string[] {
  const extensions =
    isJsonObject(step) && isJsonObject(step['step_extensions']) ? step['step_extensions'] : {};
  return Object.values(extensions).flatMap((extension) => {
    const own = isJsonObject(extension) ? extension['step'] : undefined;
    if (!isJsonObject(own)) return [];
    return KINDS.flatMap((kind) => (typeof own[kind] === 'string' ? [own[kind]] : []));
  });
}
