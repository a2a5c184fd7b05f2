import { fromIso, InvariantError } from '@cordon/kernel';
import { instances, statusOf, type Machines } from '@cordon/engine';
import { factValues, phaseViews, systemViews } from './incident-view.js';
import type { IncidentId, ReadStore } from './ports.js';
import { machineDigestOf, migrationTarget, Replay, type Replayed } from './replay.js';
import { refOf, type PastView } from './views.js';

/** Entries read at a time. */
const PAGE = 500;

/** The incident at an instant or a revision, with the machines of then; undefined when it was not open yet. O(entries). */
export async function stateAt(
  store: ReadStore,
  id: IncidentId,
  machinesOf: (digest: string) => Promise<Machines>,
  when: { readonly time: string } | { readonly revision: number },
): Promise<{ readonly replayed: Replayed; readonly machines: Machines } | undefined> {
  const time = 'time' in when ? fromIso(when.time) : undefined;
  if ('time' in when && time === undefined) throw new InvariantError('the time was checked before');
  let replay: Replay | undefined;
  const found = (): { replayed: Replayed; machines: Machines } | undefined =>
    replay?.now && { replayed: replay.now, machines: replay.machinesNow };
  for (let after = 0; ; after += PAGE) {
    const entries = await store.entries(id, after, PAGE);
    for (const entry of entries) {
      const beyond = 'revision' in when ? entry.revision > when.revision : entry.at > (time ?? 0);
      if (beyond) return found();
      replay ??= new Replay(await machinesOf(machineDigestOf(entry)));
      const target = migrationTarget(entry);
      replay.next(entry, target === undefined ? undefined : await machinesOf(target));
    }
    if (entries.length < PAGE) return found();
  }
}

export function pastView(
  id: IncidentId,
  machines: Machines,
  { state, seq, revision, at }: Replayed,
  language: string,
): PastView {
  const { plan } = machines;
  return {
    ref: refOf(id),
    revision,
    seq,
    at,
    status: state.status,
    state: state.value,
    phases: phaseViews(plan, state, language),
    facts: factValues(plan, state),
    systems: systemViews(state),
    steps: instances(plan, state).map(({ id: step, system, record }) => ({
      id: step,
      status: statusOf(record),
      ...(system === undefined ? {} : { system }),
      ...(record?.answer === undefined ? {} : { answer: record.answer }),
    })),
  };
}
