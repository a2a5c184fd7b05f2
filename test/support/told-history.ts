/** The story of a shipped playbook, told again through the use cases: a history with everything that comes up in one. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Actor } from '@cordon/engine';
import type { JsonObject } from '@cordon/kernel';
import {
  createCordon,
  DeploymentJournal,
  idOfRef,
  JOURNAL_ID,
  publishPlaybook,
  type EntryView,
  type EvidenceView,
  type IncidentId,
  type IncidentView,
  type Runtime,
  type StepView,
  type StoredEntry,
} from '@cordon/runtime';
import { MemoryStore, SimulatedClock } from '@cordon/testkit';

interface TraceLine {
  readonly at: string;
  readonly by: string;
  readonly roles: readonly string[];
  readonly event: { readonly type: string; readonly step?: string; readonly data?: JsonObject };
}

interface TraceHead {
  readonly opening: {
    readonly at: string;
    readonly aware: string;
    readonly systems: readonly { readonly id: string; readonly name: string }[];
  };
}

export interface ToldHistory {
  readonly cordon: Runtime;
  readonly incident: IncidentView;
  readonly views: readonly EntryView[];
  readonly steps: readonly StepView[];
  readonly evidence: readonly EvidenceView[];
  /** Of the incident, and of the deployment's own chain. */
  readonly entries: readonly StoredEntry[];
  readonly journal: readonly StoredEntry[];
}

/** Texts that break careless writers: of formulas, of quotes, of XML, of PDF, of line breaks and of widths. */
const AWKWARD: readonly string[] = [
  '=HYPERLINK("http://example.org/?x="&A1,"click")',
  "\t+1+cmd|' /C calc'!A0",
  '\n@SUM(1,2)\r\nsecond, "quoted" line',
  '  －１２；＝１＋１',
  '</string><event/>]]>&amp; & <b>"\'',
  'Emoji 🚒, שלום, right-to-left \u202Eoverride, zero\u200Bwidth',
  `${'Donaudampfschifffahrtsgesellschaft'.repeat(6)} and ${'應變'.repeat(80)}`,
];

const ann: Actor = { type: 'person', id: 'ann', roles: ['coordinator'] };
const HOUR_MS = 3_600_000;

export async function toldHistory(
  playbook: string,
  { title = 'Records of staff exposed', exercise = false, language = 'en' } = {},
): Promise<ToldHistory> {
  const [head, ...lines] = readFileSync(join('playbooks', playbook, 'trace.jsonl'), 'utf8')
    .trim()
    .split('\n');
  const { opening } = JSON.parse(head ?? '') as TraceHead;
  const clock = new SimulatedClock(Date.parse(opening.at));
  const store = new MemoryStore({ clock });
  for (const [id, name] of PEOPLE)
    await store.tokens.add({
      id,
      name,
      roles: ['responder'],
      createdAt: 0,
      hash: Buffer.from(id.padEnd(32)),
    });
  await publishAll(store, clock);
  const cordon = createCordon({ store, log: 'cordon-log/test', clock, pause: () => Promise.resolve() });
  const opened = await cordon.openIncident(
    {
      ...{ key: 'open', playbook, title, severity: 'high', exercise, tlp: 'amber' },
      ...{
        awareAt: opening.aware,
        systems: opening.systems,
        organisation: { name: '示範機構 Demo Authority' },
      },
      summary: 'An intruder used the account of a contractor. 入侵者使用承辦商的帳戶。',
    },
    ann,
    language,
  );
  if (!opened.ok) throw new Error(JSON.stringify(opened.refusal));
  const id = idOfRef(opened.value.ref) as IncidentId;
  for (const [i, line] of lines.entries()) await tell(cordon, clock, id, JSON.parse(line) as TraceLine, i);
  await addAwkward(cordon, clock, id);
  const journal = new DeploymentJournal({
    ...{ store: store.journal, log: 'cordon-log/test', clock, pause: () => Promise.resolve() },
    salt: () => 'c2FsdHNhbHRzYWx0c2FsdA',
  });
  await fillJournal(journal);
  return {
    cordon,
    incident: orThrow(await cordon.incident(id, ann, language)),
    views: orThrow(await cordon.transitions(id, ann, 0, 100_000)),
    steps: orThrow(await cordon.steps(id, ann, language)),
    evidence: await evidenceOf(cordon, id),
    entries: await store.entries(id, 0, 100_000),
    journal: await store.entries(JOURNAL_ID, 0, 100_000),
  };
}

const PEOPLE: readonly (readonly [id: string, name: string])[] = [
  ['ann', 'Ann Chan'],
  ['bob', 'Bob Lee'],
  ['cat', '陳嘉欣'],
  ['dee', 'Dee Wong'],
  ['pia', 'Pia Lam'],
  ['kim', 'Kim Ho'],
  ['sam', '林森'],
];

async function publishAll(store: MemoryStore, clock: SimulatedClock): Promise<void> {
  let left = readdirSync('playbooks', { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== 'scenarios')
    .map(({ name }) => readFileSync(join('playbooks', name, 'playbook.yaml'), 'utf8'));
  // One that uses others is refused until they are there.
  for (let before = 0; left.length !== before;) {
    before = left.length;
    const refused: string[] = [];
    for (const text of left)
      if ((await publishPlaybook(store.playbooks, text, clock.now())).outcome !== 'published')
        refused.push(text);
    left = refused;
  }
  if (left.length > 0) throw new Error(`${left.length} shipped playbooks are refused`);
}

async function tell(
  cordon: Runtime,
  clock: SimulatedClock,
  id: IncidentId,
  line: TraceLine,
  i: number,
): Promise<void> {
  clock.set(Math.max(clock.now(), Date.parse(line.at)));
  const { type, step, data } = line.event;
  const command = { key: `line-${i}`, type, ...(step === undefined ? {} : { step }) };
  if (line.by === 'cordon') {
    await cordon.submitSystemEvent(id, { ...command, data: data ?? {} });
    return;
  }
  const late = i % 7 === 3 ? { occurredAt: new Date(clock.now() - HOUR_MS / 2).toISOString() } : {};
  const actor: Actor = { type: 'person', id: line.by, roles: line.roles };
  await cordon.submitEvent(id, { ...command, ...(data ? { data } : {}), ...late }, actor);
}

async function addAwkward(cordon: Runtime, clock: SimulatedClock, id: IncidentId): Promise<void> {
  for (const [i, text] of AWKWARD.entries()) {
    clock.advance(1_234);
    const data = { text: text.replace(/\u200B|\u202E/g, '') };
    await accepted(cordon, id, { key: `awkward-${i}`, type: 'note.add', data, note: text });
  }
  const seq = 3;
  const data = { seq, reason: 'The time was wrong', text: 'It was half an hour earlier' };
  await accepted(cordon, id, { key: 'correct', type: 'entry.correct', data });
}

async function accepted(
  cordon: Runtime,
  id: IncidentId,
  command: Parameters<Runtime['submitEvent']>[1],
): Promise<void> {
  const answer = await cordon.submitEvent(id, command, ann);
  if (!answer.ok) throw new Error(`${command.key}: ${JSON.stringify(answer.refusal)}`);
}

async function fillJournal(journal: DeploymentJournal): Promise<void> {
  const about: readonly (readonly [type: string, subject: string | undefined, refused?: string])[] = [
    ['session.start', 'ann'],
    ['session.start', undefined, 'wrong_password'],
    ['session.end', 'ann'],
    ['person.add', 'bob'],
    ['person.roles', 'bob'],
    ['person.disable', 'bob'],
    ['credential.add', 'bob'],
    ['token.issue', 'robot'],
    ['token.revoke', 'robot'],
    ['team.change', 'night-shift'],
    ['playbook.publish', 'data-breach'],
    ['history.export', 'INC-1'],
    ['log.heads', undefined],
  ];
  for (const [type, subject, refused] of about)
    await journal.record({
      ...{ actor: ann, type, data: { method: 'test' } },
      ...(subject === undefined ? {} : { subject }),
      ...(refused === undefined ? {} : { refused }),
    });
}

async function evidenceOf(cordon: Runtime, id: IncidentId): Promise<readonly EvidenceView[]> {
  const found = await cordon.records.evidence(id, ann);
  if (typeof found === 'string') throw new Error(found);
  return found;
}

function orThrow<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the incident is not there');
  return value;
}
