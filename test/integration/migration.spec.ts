/** A ransomware incident moves to a corrected version of its playbook while containment is in progress. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { canonicalJson } from '@cordon/kernel';
import type { Actor } from '@cordon/engine';
import {
  createCordon,
  idOfRef,
  machineDigestOf,
  migrationTarget,
  publishPlaybook,
  Replay,
  type EventCommand,
  type IncidentId,
  type StepView,
} from '@cordon/runtime';
import { MemoryStore, SimulatedClock } from '@cordon/testkit';
import { parse, stringify } from 'yaml';

const OLD = readFileSync('playbooks/ransomware/playbook.yaml', 'utf8');
const VERSION = /^version: (\S+)/m.exec(OLD)?.[1] ?? '';

const person = (id: string, ...roles: string[]): Actor => ({ type: 'person', id, roles });
const lead = person('lead', 'coordinator');
const second = person('second', 'coordinator');

const OPEN = ['ready', 'in_progress', 'problem'];

async function setup() {
  const clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
  const store = new MemoryStore({ clock });
  await publishPlaybook(store.playbooks, OLD, clock.now());
  const cordon = createCordon({ store, log: 'test-log', clock, pause: () => Promise.resolve() });
  const opened = await cordon.openIncident(
    {
      ...{
        key: 'k',
        playbook: 'ransomware',
        title: 'Encrypted servers',
        awareAt: '2026-03-24T09:30:00+08:00',
      },
      systems: [
        { id: 'crm', name: 'CRM' },
        { id: 'web', name: 'Website' },
      ],
    },
    lead,
  );
  if (!opened.ok) throw new Error(JSON.stringify(opened.refusal));
  const id = idOfRef(opened.value.ref) as IncidentId;
  let keys = 0;
  const send = (actor: Actor, command: Omit<EventCommand, 'key'>) => {
    clock.advance(60_000);
    return cordon.submitEvent(id, { key: `key-${(keys += 1)}`, ...command }, actor);
  };
  const steps = async (): Promise<readonly StepView[]> => (await cordon.steps(id, lead, 'en')) ?? [];
  return { cordon, store, clock, id, send, steps };
}

/** Begins the first open steps, and says which of them were begun. */
async function beginSome(t: Awaited<ReturnType<typeof setup>>): Promise<readonly StepView[]> {
  const open = (await t.steps()).filter(({ accepts, anytime }) => accepts.includes('step.start') && !anytime);
  for (const { id } of open) await t.send(lead, { type: 'step.start', step: id });
  return open;
}

/** The next version: one step that has been begun has another id, and a mandatory step stands before it. */
function corrected(step: string): string {
  const added = {
    task: 'call-the-insurer',
    title: { en: 'Call the insurer', 'zh-Hant': '致電保險公司' },
    role: 'coordinator',
  };
  const copy = (value: unknown): unknown => {
    if (value === step) return `${step}-anew`;
    if (Array.isArray(value)) {
      const at = value.findIndex((item) => isStep(item, step));
      const items = value.map(copy);
      return at < 0 ? items : items.toSpliced(at, 0, added);
    }
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, copy(member)]));
  };
  return stringify({ ...(copy(parse(OLD)) as object), version: '9.0.0' }, { aliasDuplicateObjects: false });
}

function isStep(item: unknown, step: string): boolean {
  return typeof item === 'object' && item !== null && 'task' in item && item.task === step;
}

test('what is mapped is shown, two people sign, and replay gives every state', async () => {
  const t = await setup();
  const begun = await beginSome(t);
  const task = begun.find(({ kind }) => kind === 'task');
  if (!task) throw new Error('a task is open at first');
  const published = await publishPlaybook(t.store.playbooks, corrected(task.id), t.clock.now());
  expect(published.findings.filter(({ severity }) => severity === 'error')).toEqual([]);

  const shown = await t.cordon.migration(t.id, lead, '9.0.0', 'en');
  expect(shown).toMatchObject({
    from: { version: VERSION },
    to: { version: '9.0.0' },
    unmapped: [{ step: task.id, reason: 'gone' }],
    opens: [{ step: 'call-the-insurer' }],
  });

  const map = { [task.id]: `${task.id}-anew` };
  const ask = (actor: Actor, more: object = {}) =>
    t.send(actor, { type: 'incident.migrate', data: { version: '9.0.0', ...more } });
  expect(await ask(lead)).toMatchObject({ refusal: { errors: [{ pointer: `/data/map/${task.id}` }] } });
  expect((await ask(lead, { map })).ok).toBe(true);
  expect(await ask(lead)).toMatchObject({ refusal: { code: 'forbidden' } });
  expect((await ask(second)).ok).toBe(true);

  const now = new Map((await t.steps()).map((step) => [step.id, step]));
  expect(now.get('call-the-insurer')?.status).toBe('ready');
  expect(now.has(task.id)).toBe(false);
  await t.send(lead, { type: 'step.complete', step: 'call-the-insurer' });
  const after = (await t.steps()).find(({ id }) => id === `${task.id}-anew`);
  expect([after?.status, after?.assignee]).toEqual(['in_progress', 'lead']);

  const entries = await t.store.entries(t.id, 0, 500);
  const [first] = entries;
  if (!first) throw new Error('there is a history');
  const replay = new Replay(await t.cordon.library.machines(machineDigestOf(first)));
  for (const entry of entries) {
    const target = migrationTarget(entry);
    replay.next(entry, target === undefined ? undefined : await t.cordon.library.machines(target));
  }
  expect(canonicalJson(replay.now?.state)).toBe((await t.store.incident(t.id))?.state);
  const before = await t.cordon.at(t.id, lead, { revision: begun.length + 1 }, 'en');
  if (!before || before === 'before_opening') throw new Error('the incident was open');
  expect(before.steps.find(({ id }) => id === task.id)?.status).toBe('in_progress');
});

test('the inbox and the timers follow', async () => {
  const t = await setup();
  const task = (await beginSome(t)).find(({ kind }) => kind === 'task');
  if (!task) throw new Error('a task is open at first');
  await publishPlaybook(t.store.playbooks, corrected(task.id), t.clock.now());
  const data = { version: '9.0.0', map: { [task.id]: null } };
  await t.send(lead, { type: 'incident.migrate', data });
  await t.send(second, { type: 'incident.migrate', data });
  const inbox = (await t.cordon.tasks({ limit: 100 }, lead, 'en')).items.map(({ step }) => step);
  const open = (await t.steps()).filter(({ status }) => OPEN.includes(status)).map(({ id }) => id);
  expect([...inbox].sort()).toEqual([...open].sort());
  expect(inbox).not.toContain(task.id);
});
