import { readdirSync, readFileSync } from 'node:fs';
import { expect, test, describe } from '@jest/globals';
import { canonicalJson, type Json, type JsonObject } from '@cordon/kernel';
import {
  acceptedBy,
  compileMachines,
  decide,
  findInstance,
  instances,
  isOpen,
  openState,
  statusOf,
  whyLocked,
  type Actor,
  type Blocker,
  type IncidentState,
  type Instance,
  type Machines,
} from '@cordon/engine';
import { factsOf, parsePlaybook, type Step } from '@cordon/playbook';

const SYSTEMS = [
  { id: 'crm', name: 'CRM' },
  { id: 'web', name: 'Website' },
];
const AT = Date.parse('2026-03-24T02:00:00Z');
const lead: Actor = { type: 'person', id: 'lead', roles: ['coordinator'] };
const approvers: readonly Actor[] = ['ann', 'bob'].map((id) => ({
  type: 'person',
  id,
  roles: ['approver', 'coordinator'],
}));

const shipped = readdirSync('playbooks', { withFileTypes: true })
  .filter(
    (entry) =>
      entry.isDirectory() && entry.name !== 'scenarios' && entry.name !== 'rules' && entry.name !== 'letters',
  )
  .map((entry) => entry.name);

function load(name: string): Machines {
  const { playbook, findings } = parsePlaybook(readFileSync(`playbooks/${name}/playbook.yaml`, 'utf8'));
  expect(findings).toEqual([]);
  if (!playbook) throw new Error(`${name} parses`);
  return compileMachines(playbook, 'digest');
}

/** A small deterministic generator: the seed is the test's name, so a failure can be run again. */
function random(seed: number): () => number {
  let x = seed * 2_654_435_761 + 1;
  return () => {
    x = (x ^ (x << 13)) >>> 0;
    x = (x ^ (x >>> 17)) >>> 0;
    x = (x ^ (x << 5)) >>> 0;
    return x / 2 ** 32;
  };
}

function pick<T>(items: readonly T[], next: () => number): T {
  const item = items[Math.floor(next() * items.length)];
  if (item === undefined) throw new Error('nothing to pick');
  return item;
}

function outputOf(step: Step, next: () => number, patience: number): JsonObject {
  const output: Record<string, Json> = {};
  if (step.kind === 'decision') {
    const forward = step.answers.filter((answer) => answer.repeat === undefined && !answer.again);
    output.answer = pick(next() < patience ? step.answers : forward, next).id;
  }
  for (const field of step.form) {
    if (!field.required && next() < 0.5) continue;
    output[field.id] = {
      text: 'text',
      longtext: 'more text',
      number: 7,
      yesno: pick(['yes', 'no', 'unknown'], next),
      time: '2026-03-24T01:00:00Z',
      date: '2026-03-24',
      choice: field.options[0]?.id ?? '',
      choices: field.options.slice(0, 1).map((option) => option.id),
    }[field.type];
  }
  return output;
}

/** Walks an incident to its end with random answers; returns how many events it took. */
function walk(machines: Machines, seed: number): number {
  const next = random(seed);
  let { state } = openState(machines, {
    at: AT,
    by: 'lead',
    awareAt: AT,
    facts: {},
    systems: SYSTEMS.slice(0, Math.floor(next() * 3)),
  });
  for (let events = 1; events <= 3_000; events += 1) {
    expect(canonicalJson(JSON.parse(canonicalJson(state)))).toBe(canonicalJson(state));
    everyLockExplains(machines, state);
    const open = instances(machines.plan, state).filter(
      // What is open at any time is never all that is left.
      (one) => isOpen(statusOf(one.record)) && (one.planned.anytime !== true || next() < 0.02),
    );
    const patience = events < 300 ? 0.3 : 0;
    const decision =
      open.length > 0
        ? act(machines, state, pick(open, next), next, patience, AT + events * 1000)
        : finish(machines, state, next, AT + events * 1000);
    if (decision.outcome === 'rejected')
      throw new Error(`seed ${seed}: ${JSON.stringify(decision.rejection)}`);
    state = decision.state;
    if (state.status === 'closed') return events;
  }
  throw new Error(`seed ${seed} does not end: ${JSON.stringify(state.value)}`);
}

function act(
  machines: Machines,
  state: IncidentState,
  one: Instance,
  next: () => number,
  patience: number,
  at: number,
) {
  const { step } = one.planned;
  const send = (type: string, data: JsonObject, actor = lead) =>
    decide(machines, state, { type, step: one.id, data }, actor, at);
  expect(acceptedBy(one, state).length).toBeGreaterThan(0);
  if (step.kind === 'approval') {
    if (next() < patience) return send('approval.refuse', { reason: 'not yet' }, pick(approvers, next));
    const given = findInstance(machines.plan, state, one.id)?.record?.approvedBy ?? [];
    const who = approvers.find((person) => !given.includes(person.id)) ?? lead;
    return send('approval.approve', {}, who);
  }
  if (!step.mandatory && next() < 0.4) {
    return send('step.skip', { reason: step.skip?.reasons[0]?.id ?? 'not needed' });
  }
  if (step.evidence && (state.evidence?.[one.id] ?? 0) < step.evidence.min) {
    return send('evidence.add', { name: 'image of the disk' });
  }
  if (one.planned.failable === true && next() < patience / 3) {
    const failed = send('step.fail', { reason: 'it did not work' });
    if (failed.outcome === 'accepted') return failed;
  }
  return send('step.complete', { output: outputOf(step, next, patience) });
}

/** Nothing is open: either it can be closed, or a fact is missing and the reason says which. */
function finish(machines: Machines, state: IncidentState, next: () => number, at: number) {
  const closing = decide(machines, state, { type: 'incident.close' }, lead, at);
  if (closing.outcome === 'accepted') return closing;
  const reasons = closing.rejection.code === 'event_not_accepted' ? closing.rejection.blockedBy : [];
  const fact =
    reasons.find((reason) => reason.code === 'fact_unknown')?.fact ?? factOfClosure(machines, reasons);
  if (fact === undefined) throw new Error(`stuck: ${JSON.stringify(reasons)}`);
  return decide(
    machines,
    state,
    { type: 'fact.set', data: { fact, value: pick(['yes', 'no'], next) } },
    lead,
    at,
  );
}

/** A fact that a condition of closing asks for. */
function factOfClosure({ plan }: Machines, reasons: readonly Blocker[]): string | undefined {
  const ids = reasons.map(({ condition }) => condition);
  const asked = plan.playbook.closure.find(({ id }) => ids.includes(id));
  return asked && factsOf(asked.when)[0];
}

function everyLockExplains(machines: Machines, state: IncidentState): void {
  for (const one of instances(machines.plan, state)) {
    if (statusOf(one.record) === 'cannot_start' && whyLocked(machines.plan, state, one).length === 0) {
      throw new Error(`${one.id} is locked without a reason in ${JSON.stringify(state.value)}`);
    }
  }
}

describe.each(shipped)('the playbook %s', (name) => {
  test('ends from wherever chance leads it, and every locked step says why on the way', () => {
    const machines = load(name);
    const lengths = Array.from({ length: 30 }, (_, seed) => walk(machines, seed + 1));
    // A false alarm ends early; a real incident is worked through.
    expect(Math.min(...lengths)).toBeLessThan(20);
    expect(Math.max(...lengths)).toBeGreaterThan(60);
  });

  test('has the six phases, twenty-five steps or more, and both languages', () => {
    const { plan } = load(name);
    expect([...plan.phases.keys()]).toEqual([
      'contain',
      'isolate',
      'restore',
      'notify-authorities',
      'notify-affected',
      'review',
    ]);
    expect(plan.steps.size).toBeGreaterThanOrEqual(25);
    expect(plan.playbook.languages).toEqual(['en', 'zh-Hant']);
  });
});
