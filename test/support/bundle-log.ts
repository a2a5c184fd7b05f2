/** A whole log in memory, for tests: incidents played from the golden traces by the real engine, and a journal. */
import { createHash } from 'node:crypto';
import {
  chainHeadLeaf,
  commitmentTo,
  digestOf,
  genesisHash,
  isOpen,
  leafHash,
  memoryTiles,
  rootAt,
  sealEntry,
  type LeafDraft,
  type Opening,
} from '@cordon/audit';
import {
  decide,
  openState,
  type Actor,
  type Decision,
  type IncidentState,
  type Machines,
} from '@cordon/engine';
import { canonicalJson, fromIso, toIso, type EpochMs, type Json, type JsonObject } from '@cordon/kernel';
import { shippedStories, type Move, type Story, type TestPlaybook } from './bundle-stories.js';
import { chance, type Chance } from './random.js';

export const TEST_LOG = 'cordon-log/7d4a1c90-test';
export const JOURNAL_UID = '0198c0de-0000-7000-8000-00000000a0a0';
/** Whoever collected the evidence of the first incident; erased before the log ends. */
export const ERASED = 'outsider:0198c0de-0000-7000-8000-00000000dead';

export interface TestEntry {
  readonly incident: string;
  readonly seq: number;
  readonly at: EpochMs;
  readonly type: string;
  readonly leaf: Buffer;
  readonly hash: Buffer;
  readonly openings: readonly Opening[];
}

export interface TestLog {
  readonly entries: readonly TestEntry[];
  readonly playbooks: readonly TestPlaybook[];
  /** UUIDs of the incidents, in the order of their numbers. */
  readonly incidents: readonly string[];
  /** By SHA-256. */
  readonly attachments: ReadonlyMap<string, Buffer>;
  readonly erased: ReadonlySet<string>;
}

export interface LogOptions {
  readonly seed?: number;
  /** As many incidents, over the shipped playbooks in turn. */
  readonly incidents?: number;
  /** The most entries of each; without it each goes on until it is closed. */
  readonly most?: number;
  readonly logVkey: string;
  readonly bundleVkey: string;
}

type Kept = LeafDraft & { readonly subjects?: Readonly<Record<string, string>> };

/** One chain that is being written. */
class Chain {
  seq = 0;
  revision = 0;
  at: EpochMs = 0;
  private head: Uint8Array;

  constructor(
    readonly incident: string,
    private readonly salt: () => string,
  ) {
    this.head = genesisHash(incident);
  }

  append(
    kind: LeafDraft['kind'],
    at: EpochMs,
    draft: Omit<Kept, 'kind' | 'log' | 'incident' | 'seq' | 'revision' | 'at' | 'occurredAt'>,
  ): TestEntry {
    this.seq += 1;
    this.revision += kind === 'rejection' ? 0 : 1;
    this.at = Math.max(at, this.at);
    const time = toIso(this.at);
    const { subjects = {}, committed, ...rest } = draft;
    const nobodys = Object.entries(committed).filter(([key]) => subjects[key] === undefined);
    const theirs = Object.entries(subjects).map(([key, subject]): Opening & { readonly subject: string } => ({
      ...{ salt: this.salt(), key, subject },
      value: committed[key] ?? null,
    }));
    const sealed = sealEntry(
      {
        ...rest,
        committed: Object.fromEntries(nobodys),
        personal: theirs.map((one) => ({
          opening: { key: one.key, subject: one.subject, sealed: '' },
          commitment: commitmentTo(one),
        })),
        kind,
        log: TEST_LOG,
        incident: this.incident,
        seq: this.seq,
        revision: this.revision,
        at: time,
        occurredAt: time,
      },
      this.head,
      this.salt,
    );
    this.head = sealed.hash;
    const openings: readonly Opening[] = [...sealed.openings.filter(isOpen), ...theirs];
    const { incident, seq } = this;
    return {
      ...{ incident, seq, at: this.at, type: draft.event.type, openings },
      leaf: Buffer.from(sealed.leaf),
      hash: Buffer.from(sealed.hash),
    };
  }
}

/** Builds the log. The same options give the same bytes. */
export async function buildLog(options: LogOptions): Promise<TestLog> {
  const draw = chance(options.seed ?? 1);
  const salt = (): string => saltOf(draw);
  const stories = shippedStories();
  const attachments = new Map<string, Buffer>();
  const played: TestEntry[][] = [];
  const incidents = Array.from({ length: options.incidents ?? 3 }, (_, i) => uuidOf(i + 1));
  incidents.forEach((uid, i) => {
    const story = stories[i % stories.length];
    if (!story) throw new Error('there are no shipped playbooks');
    const file = Buffer.from(`evidence of incident ${i + 1}: ${salt()}\n`);
    if (i < 2) attachments.set(sha256(file), file);
    played.push(playStory(story, uid, salt, i < 2 ? file : undefined, options.most));
  });
  const journal = new Chain(JOURNAL_UID, salt);
  const entries = await withJournal(played, journal, options);
  return {
    entries,
    playbooks: stories.flatMap(({ playbooks }) => playbooks).filter(isFirst),
    incidents,
    attachments,
    erased: new Set([ERASED]),
  };
}

/** The log with one more entry of the journal. */
export function withJournalEntry(log: TestLog, type: string, data: JsonObject, subject?: string): TestLog {
  const last = log.entries.findLast(({ incident }) => incident === JOURNAL_UID);
  const newest = log.entries.at(-1);
  if (!last || !newest) throw new Error('the log has no journal');
  const leaf = JSON.parse(last.leaf.toString()) as { readonly revision: number };
  const draw = chance(log.entries.length);
  const at = toIso(Math.max(last.at, newest.at) + 1000);
  const sealed = sealEntry(
    {
      ...journalDraft(type, data, subject),
      kind: 'journal',
      log: TEST_LOG,
      incident: JOURNAL_UID,
      seq: last.seq + 1,
      revision: leaf.revision + 1,
      at,
      occurredAt: at,
    },
    last.hash,
    () => saltOf(draw),
  );
  const entry: TestEntry = {
    ...{ incident: JOURNAL_UID, seq: last.seq + 1, at: fromIso(at) ?? 0, type },
    leaf: Buffer.from(sealed.leaf),
    hash: Buffer.from(sealed.hash),
    openings: sealed.openings as readonly Opening[],
  };
  return { ...log, entries: [...log.entries, entry] };
}

async function withJournal(
  played: readonly (readonly TestEntry[])[],
  journal: Chain,
  { logVkey, bundleVkey }: LogOptions,
): Promise<readonly TestEntry[]> {
  const merged = played
    .flat()
    .sort((a, b) => a.at - b.at || a.incident.localeCompare(b.incident) || a.seq - b.seq);
  const start = (merged[0]?.at ?? 0) - 60_000;
  const add = (at: EpochMs, type: string, data: JsonObject, subject?: string): TestEntry =>
    journal.append('journal', at, journalDraft(type, data, subject));
  const entries: TestEntry[] = [
    add(start, 'log.key', { purpose: 'log', vkey: logVkey }),
    add(start, 'log.key', { purpose: 'bundle', vkey: bundleVkey }),
    add(start + 1000, 'session.start', {}, 'person-1'),
    journal.append('rejection', start + 2000, {
      ...journalDraft('person.erase', { reason: 'wish' }, 'person-2'),
      rejection: 'holds_tasks',
      committed: { rejection: { code: 'holds_tasks' } },
    }),
  ];
  const half = Math.floor((merged.length * 2) / 3);
  for (const [i, entry] of merged.entries()) {
    entries.push(entry);
    if (i === half) entries.push(add(entry.at, 'log.heads', await headsOf(entries)));
    if (i === half + 1) entries.push(add(entry.at, 'playbook.publish', { version: '9.9.9' }, 'ransomware'));
  }
  const end = (merged.at(-1)?.at ?? 0) + 1000;
  entries.push(add(end, 'person.erase', { reason: 'asked for' }, ERASED));
  entries.push(add(end + 1000, 'log.heads', await headsOf(entries)));
  return entries;
}

/** The newest entry of every chain among these, by incident. */
export function chainHeads(
  entries: readonly TestEntry[],
): readonly { incident: string; seq: number; head: string }[] {
  const newest = new Map(entries.map((entry) => [entry.incident, entry]));
  return [...newest.values()]
    .map(({ incident, seq, hash }) => ({ incident, seq, head: hash.toString('hex') }))
    .sort((a, b) => (a.incident < b.incident ? -1 : 1));
}

async function headsOf(entries: readonly TestEntry[]): Promise<JsonObject> {
  const heads = chainHeads(entries);
  const hashes = heads.map((head) => leafHash(chainHeadLeaf(head)));
  const root = await rootAt(memoryTiles(hashes), hashes.length);
  return { count: heads.length, root: Buffer.from(root).toString('base64'), size: entries.length };
}

function journalDraft(type: string, data: JsonObject, subject?: string) {
  return {
    actor: { id: 'admin', type: 'person', roles: ['administrator'] },
    event: { type, ...(subject === undefined ? {} : { subject }) },
    from: null,
    to: null,
    committed: committedOf(data),
  };
}

function committedOf(data: JsonObject | undefined): Record<string, Json> {
  return Object.fromEntries(Object.entries(data ?? {}).map(([key, value]) => [`data.${key}`, value]));
}

/** Plays the story and what people add to the record: evidence with a file, a note about somebody, a correction. */
function playStory(
  story: Story,
  uid: string,
  salt: () => string,
  file: Buffer | undefined,
  most = Number.POSITIVE_INFINITY,
): TestEntry[] {
  const { machines, opening, at, by } = story;
  const chain = new Chain(uid, salt);
  const awareAt = typeof opening['awareAt'] === 'string' ? (fromIso(opening['awareAt']) ?? at) : at;
  const onsetAt = typeof opening['onsetAt'] === 'string' ? fromIso(opening['onsetAt']) : undefined;
  let state = openState(machines, {
    ...{ at, by, awareAt },
    ...(onsetAt === undefined ? {} : { onsetAt }),
    facts: opening['facts'] as Readonly<Record<string, Json>>,
    systems: opening['systems'] as unknown as readonly { id: string; name: string }[],
  }).state;
  const opened = chain.append('opened', at, {
    ...{ actor: { id: by, type: 'person', roles: ['coordinator'] }, event: { type: 'incident.opened' } },
    ...{ from: null, to: state.value, machineDigest: machines.digest, stateDigest: stateDigestOf(state) },
    committed: committedOf(opening),
  });
  const entries = [opened];
  const moves = [...(file ? recordMoves(file, at, by) : []), ...story.moves];
  for (const move of moves) {
    if (entries.length >= most) break;
    const { collectedBy, ...data } = move.event.data ?? {};
    const event = { ...move.event, ...(move.event.data ? { data } : {}) };
    const decision = decide(machines, state, event, move.actor, Math.max(move.at, chain.at));
    entries.push(appendDecision(chain, machines, state, { ...move, event }, decision, collectedBy));
    if (decision.outcome === 'accepted') state = decision.state;
  }
  return entries;
}

function recordMoves(file: Buffer, at: EpochMs, by: string): readonly Move[] {
  const actor: Actor = { id: by, type: 'person', roles: ['coordinator'] };
  const named = { name: 'mail.eml', kind: 'message/rfc822', sha256: sha256(file), sizeBytes: file.length };
  return [
    { at, actor, event: { type: 'evidence.add', data: { ...named, stored: true, collectedBy: 'Eve Wong' } } },
    {
      at,
      actor,
      event: { type: 'note.add', data: { text: '三時正 the note was found: "pay", \u0000\u2028' } },
    },
    { at, actor, event: { type: 'note.add', data: { text: 'A plain note.' } } },
  ];
}

function appendDecision(
  chain: Chain,
  machines: Machines,
  before: IncidentState,
  { at, actor, event }: Move,
  decision: Decision,
  collectedBy: Json | undefined,
): TestEntry {
  const accepted = decision.outcome === 'accepted';
  const after = accepted ? decision.state : before;
  const { type, step, data } = event;
  return chain.append(accepted ? 'transition' : 'rejection', at, {
    actor,
    event: { type, ...(step === undefined ? {} : { step }) },
    ...{ from: before.value, to: after.value },
    ...{ machineDigest: machines.digest, stateDigest: stateDigestOf(after) },
    ...(accepted && decision.system ? { system: decision.system } : {}),
    ...(accepted ? {} : { rejection: decision.rejection.code }),
    committed: {
      ...committedOf(data),
      ...(collectedBy === undefined ? {} : { 'data.collectedBy': collectedBy }),
      ...(accepted && decision.lapsed ? { lapsed: decision.lapsed as unknown as Json } : {}),
      ...(accepted ? {} : { rejection: decision.rejection as unknown as Json }),
    },
    ...(collectedBy === undefined ? {} : { subjects: { 'data.collectedBy': ERASED } }),
  });
}

function stateDigestOf(state: IncidentState): string {
  return digestOf(canonicalJson(state));
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function saltOf(draw: Chance): string {
  return Buffer.from(Array.from({ length: 16 }, () => draw.between(0, 255))).toString('base64url');
}

function uuidOf(number: number): string {
  return `0198c0de-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

function isFirst(one: TestPlaybook, i: number, all: readonly TestPlaybook[]): boolean {
  return all.findIndex(({ digest }) => digest === one.digest) === i;
}
