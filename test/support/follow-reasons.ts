/** A person who knows nothing but what is said of a locked step, and does it until the step is open. */
import {
  decide,
  findInstance,
  isOpen,
  nextOf,
  statusOf,
  whyNot,
  type Actor,
  type Blocker,
  type Decision,
  type IncidentEvent,
  type IncidentState,
  type Instance,
  type Machines,
  type Next,
} from '@cordon/engine';
import type { Json } from '@cordon/kernel';
import { evaluate, type Field, type Step } from '@cordon/playbook';

const leads: readonly Actor[] = Array.from({ length: 8 }, (_, i) => ({
  type: 'person',
  id: `lead-${i}`,
  roles: ['coordinator'],
}));

/** By which a step begins. */
function firstEvent({ kind }: Step): string {
  return kind === 'approval' ? 'approval.approve' : 'step.start';
}

/** How many events it took until the step was open or done. Throws, and says where it stands, when nothing said helps. */
export function followReasons(machines: Machines, from: IncidentState, id: string, at: number): number {
  const { plan } = machines;
  const most = 4 * plan.steps.size + 20;
  let state = from;
  for (let events = 0; events <= most; events += 1) {
    const instance = findInstance(plan, state, id);
    if (!instance) throw new Error(`${id} is not there`);
    if (isUnlocked(state, instance)) return events;
    const event = firstEvent(instance.planned.step);
    const reasons = whyNot(plan, state, event, instance);
    const next = sent(machines, state, reasons, { event, step: id }, at + events);
    if (!next) throw new Error(`nothing said of ${id} helps: ${JSON.stringify([reasons, state])}`);
    state = next;
  }
  throw new Error(`what is said of ${id} never ends: ${JSON.stringify(state)}`);
}

function isUnlocked(state: IncidentState, { record }: Instance): boolean {
  if (state.status === 'closed') return false;
  const status = statusOf(record);
  return (
    isOpen(status) ||
    ['completed', 'failed'].includes(status) ||
    (status === 'skipped' && !record?.notApplicable)
  );
}

function sent(
  machines: Machines,
  state: IncidentState,
  reasons: readonly Blocker[],
  wanted: { readonly event: string; readonly step: string },
  at: number,
): IncidentState | undefined {
  for (const reason of reasons) {
    const next = nextOf(machines.plan, state, reason, wanted);
    if (!next) continue;
    for (const event of eventsOf(machines, state, next, reason)) {
      for (const actor of leads) {
        const decision: Decision = decide(machines, state, event, actor, at);
        if (decision.outcome === 'accepted') return decision.state;
        if (decision.rejection.code !== 'forbidden') break;
      }
    }
  }
  return undefined;
}

/** The event as said, with every value that may be meant; the one by which the step applies first. */
function eventsOf(
  { plan }: Machines,
  state: IncidentState,
  { event, step, fact, answers }: Next,
  reason: Blocker,
): readonly IncidentEvent[] {
  const at = step === undefined ? {} : { step };
  if (event === 'fact.set') {
    const when = plan.steps.get((reason.step ?? '').split('@')[0] ?? '')?.step.when;
    const applies = (value: Json): boolean =>
      when !== undefined && evaluate(when, { ...state.facts, [fact ?? '']: { value, at: 0 } }) === 'yes';
    const found = plan.playbook.facts.find(({ id }) => id === fact);
    const options = found?.options.map(({ id }) => id) ?? [];
    const values: Json[] = [...options, ...(VALUES[found?.type ?? 'text'] ?? []), 'unknown'];
    const sorted = [...values.filter(applies), ...values.filter((value) => !applies(value))];
    return sorted.map((value) => ({ type: event, data: { fact: fact ?? '', value } }));
  }
  if (event === 'step.complete') {
    const instance = step === undefined ? undefined : findInstance(plan, state, step);
    return (answers ?? [undefined]).map((answer) => ({
      type: event,
      ...at,
      data: { output: { ...formOf(instance?.planned.step), ...(answer === undefined ? {} : { answer }) } },
    }));
  }
  const data =
    event === 'approval.approve' ? {} : event === 'evidence.add' ? { name: 'image' } : { reason: 'so' };
  return [{ type: event, ...at, data }];
}

const VALUES: Readonly<Record<string, readonly Json[]>> = {
  yesno: ['yes', 'no'],
  number: [0, 1, 100, 10_000, 1_000_000],
  choice: [],
  text: ['words'],
  time: ['2026-03-24T01:00:00Z'],
};

function formOf(step: Step | undefined): Record<string, Json> {
  const required = (step?.form ?? []).filter((field) => field.required);
  return Object.fromEntries(required.map((field) => [field.id, plain(field)]));
}

function plain({ type, options }: Field): Json {
  if (type === 'choice') return options[0]?.id ?? '';
  if (type === 'choices') return options.slice(0, 1).map(({ id }) => id);
  if (type === 'yesno') return 'yes';
  if (type === 'number') return 1;
  if (type === 'time') return '2026-03-24T01:00:00Z';
  return type === 'date' ? '2026-03-24' : 'words';
}
