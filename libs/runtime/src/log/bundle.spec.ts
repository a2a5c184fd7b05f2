import { generateKeyPairSync, sign } from 'node:crypto';
import { expect, test } from '@jest/globals';
import {
  chainHeadLeaf,
  commitmentTo,
  Frontier,
  leafHash,
  openNote,
  parseCheckpoint,
  parseConsistencyLine,
  parseGap,
  parseHeads,
  parseMachine,
  parseManifest,
  parseOpeningsLine,
  parseTlogProof,
  parseVkey,
  readLeaf,
  verifyConsistency,
  verifyInclusion,
  vkeyOf,
  type Leaf,
} from '@cordon/audit';
import type { Actor } from '@cordon/engine';
import { MemoryEvidenceStore, MemoryStore, MemoryVault, SimulatedClock } from '@cordon/testkit';
import { createCordon } from '../create-cordon.js';
import { Evidence } from '../evidence.js';
import { DeploymentJournal } from '../journal.js';
import { publishPlaybook } from '../library.js';
import type { IncidentId } from '../ports.js';
import { idOfRef } from '../views.js';
import { ErasedMeanwhileError, UnknownCheckpointError, type BundleView } from './bundle-ports.js';
import { HistoryExports, type BegunExport } from './export-history.js';
import { LogKeeper } from './keeper.js';
import type { LogKey } from './ports.js';

const SOURCE = `
cordon: 1
id: tiny
version: 1.0.0
languages: [en]
title: {en: Tiny}
summary: {en: Tiny}
roles: [{id: responder, title: {en: Responder}}]
phases:
  - id: contain
    title: {en: Contain}
    steps: [{task: look, title: {en: Look}, role: responder}]
flow: [contain]
`;

const lead: Actor = { type: 'person', id: 'lead', roles: ['coordinator', 'responder'] };
const bundle = { format: 'bundle', attachments: true };

function keyNamed(name: string): LogKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return { vkey: vkeyOf(name, raw).text, sign: async (message) => sign(null, message, privateKey) };
}

const idsView: BundleView = {
  path: 'views/ids.txt',
  async *write(records, { ref = 'log' }) {
    yield `${ref}\n`;
    for await (const { index, leaf, openings } of records())
      yield `${index} ${leaf.event.type} ${openings.map(({ key }) => key).join()}\n`;
  },
};

async function setup() {
  const clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
  const store = new MemoryStore({ clock });
  const vault = new MemoryVault();
  for (const id of ['lead', 'mei'])
    await store.tokens.add({
      id,
      name: id,
      roles: ['coordinator'],
      createdAt: 0,
      hash: Buffer.from(id.padEnd(32)),
    });
  await publishPlaybook(store.playbooks, SOURCE, clock.now());
  const pause = (): Promise<void> => Promise.resolve();
  const cordon = createCordon({ store, log: store.logName, clock, pause, vault });
  let salts = 0;
  const salt = (): string => Buffer.alloc(16, (salts += 1)).toString('base64url');
  const journal = new DeploymentJournal({ store: store.journal, log: store.logName, clock, salt, pause });
  const keys = { log: keyNamed(store.logName), bundle: keyNamed(`${store.logName}/bundle`) };
  let remembered: string | undefined;
  const keeper = new LogKeeper({
    ...{ store: store.log, journal, clock },
    keys: {
      present: async (purpose) => ({ keys: [keys[purpose]], replaces: false }),
      replace: async () => undefined,
    },
    memory: { last: async () => remembered, remember: async (note) => void (remembered = note) },
    failed: (_what, error) => {
      throw error;
    },
  });
  const turns = async (count = 6): Promise<void> => {
    for (let i = 0; i < count; i += 1) {
      clock.advance(2_000);
      keeper.ask();
      await keeper.turn();
    }
  };
  const files = new MemoryEvidenceStore(clock);
  const evidence = new Evidence({
    ...{ cordon, files, clock, journal, denied: [], maxBytes: 1_000, maxIncidentBytes: 2_000 },
    kindOf: async () => undefined,
  });
  const exports = new HistoryExports({
    ...{ log: store.log, playbooks: store.playbooks, vault, evidence: files, journal, incidents: store },
    service: {
      checkpoint: async () => (await store.log.checkpoint())?.note,
      vkeys: async () => [keys.log.vkey],
      bundleKey: async () => keys.bundle,
      async covering(seq) {
        await turns();
        const [entry] = await store.log.chainEntries(0 as IncidentId, seq - 1, seq, 1);
        return entry && store.log.checkpoint(entry.index + 1);
      },
    },
    text: {
      verifyText: Buffer.from('Read.\n'),
      verifyPy: Buffer.from('pass\n'),
      views: [idsView],
      release: '1',
    },
    waitMs: 1_000,
  });
  let sent = 0;
  const open = async (): Promise<IncidentId> => {
    const answer = await cordon.openIncident(
      { key: `o${(sent += 1)}`, playbook: 'tiny', title: 'T', awareAt: '2026-03-24T01:00:00Z' },
      lead,
    );
    if (!answer.ok) throw new Error(JSON.stringify(answer.refusal));
    return idOfRef(answer.value.ref) as IncidentId;
  };
  const note = async (id: IncidentId, more: { note?: string; about?: string } = {}): Promise<void> => {
    const command = { key: `k${(sent += 1)}`, type: 'note.add', data: { text: `Note ${sent}` }, ...more };
    const answer = await cordon.submitEvent(id, command, lead);
    if (!answer.ok) throw new Error(JSON.stringify(answer.refusal));
  };
  const erase = async (subject: string): Promise<void> => {
    await journal.record({ actor: lead, type: 'person.erase', subject, data: { reason: 'asked' } });
    await vault.erase(subject);
  };
  await turns();
  const attach = (id: IncidentId, text: string) =>
    evidence.add(id, { key: text, name: 'x', bytes: bytesOf(text) }, lead, 'en');
  return {
    ...{ clock, store, vault, cordon, journal, keys, turns, files, exports },
    open,
    note,
    erase,
    attach,
  };
}

async function* bytesOf(text: string): AsyncGenerator<Uint8Array> {
  yield Buffer.from(text);
}

type Begun = Extract<BegunExport, { ok: true }>;

function ok(begun: BegunExport): Begun {
  if (!begun.ok) throw new Error(begun.code);
  return begun;
}

async function bytes({ bundle: made }: Begun): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of made.bytes()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** Members by path, read from the central directory; all are stored. */
function members(zip: Buffer): ReadonlyMap<string, Buffer> {
  const found = new Map<string, Buffer>();
  let at = zip.readUInt32LE(zip.length - 6);
  for (let left = zip.readUInt16LE(zip.length - 12); left > 0; left -= 1) {
    const [size, name, extra] = [
      zip.readUInt32LE(at + 24),
      zip.readUInt16LE(at + 28),
      zip.readUInt16LE(at + 30),
    ];
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    found.set(zip.toString('utf8', at + 46, at + 46 + name), zip.subarray(start, start + size));
    at += 46 + name + extra;
  }
  return found;
}

const linesIn = (data: Buffer | undefined): readonly string[] =>
  (data ?? Buffer.from('missing')).toString('utf8').split('\n').slice(0, -1);

/** Everything that a bundle says, held against its checkpoint as docs/audit.md describes; what it shows. */
async function verified(zip: Buffer, keys: { readonly log: LogKey; readonly bundle: LogKey }) {
  const all = members(zip);
  const text = (path: string): string => (all.get(path) ?? Buffer.from('missing')).toString('utf8');
  const manifest = parseManifest(text('MANIFEST.json'));
  openNote(text('MANIFEST.note'), [parseVkey(keys.bundle.vkey)]);
  const { size, root } = parseCheckpoint(openNote(text('log/checkpoint'), [parseVkey(keys.log.vkey)]).text);
  expect([manifest.checkpoint.size, Buffer.from(manifest.checkpoint.root)]).toEqual([
    size,
    Buffer.from(root),
  ]);
  const frontier = new Frontier();
  const shown = new Map<number, { readonly leaf: Leaf; readonly hash: Uint8Array }>();
  const gaps = linesIn(all.get('log/gaps.txt')).map(parseGap);
  const fill = (): void => {
    for (let gap = gaps[0]; gap?.start === frontier.size; gap = gaps[0]) {
      frontier.appendSubtree(gap.level, gap.hash);
      gaps.shift();
    }
  };
  for (const line of linesIn(all.get('log/entries.jsonl'))) {
    fill();
    const leaf = Buffer.from(line, 'utf8');
    shown.set(frontier.size, { leaf: readLeaf(leaf), hash: leafHash(leaf) });
    frontier.append(leafHash(leaf));
  }
  fill();
  expect([frontier.size, gaps, frontier.root()]).toEqual([size, [], Buffer.from(root)]);
  expect(shown.size).toBe(manifest.entries);
  for (const line of linesIn(all.get('log/consistency.jsonl'))) {
    const { checkpoint, proof } = parseConsistencyLine(line);
    const older = parseCheckpoint(openNote(checkpoint, [parseVkey(keys.log.vkey)]).text);
    expect(verifyConsistency({ oldSize: older.size, oldRoot: older.root, size, root, proof })).toBe(true);
  }
  const openings = linesIn(all.get('log/openings.jsonl')).map(parseOpeningsLine);
  const committed = [...shown].filter(([, { leaf }]) => leaf.sd !== undefined).map(([index]) => index);
  expect(openings.map(({ index }) => index)).toEqual(committed);
  for (const { index, openings: of } of openings) {
    const { sd = [] } = shown.get(index)?.leaf ?? {};
    expect(of).toHaveLength(sd.length);
    for (const one of of) if ('salt' in one) expect(sd).toContain(commitmentTo(one));
  }
  for (const [path, data] of all) {
    if (!path.startsWith('proofs/')) continue;
    const { index, proof } = parseTlogProof(data.toString('utf8'));
    expect(
      verifyInclusion({ leafHash: shown.get(index)?.hash ?? Buffer.alloc(32), index, size, root, proof }),
    ).toBe(true);
  }
  const types = [...shown.values()].map(({ leaf }) => leaf.event.type);
  return { all, manifest, shown, openings, types, text };
}

test('the bundle of an incident shows it whole, with the keys, the heads and the export, and all of it is proved', async () => {
  const { exports, keys, open, note, turns, attach } = await setup();
  const [other, id] = [await open(), await open()];
  await note(id);
  await note(other);
  await attach(id, 'a file');
  await turns();
  await note(id);
  await note(other);
  const begun = ok(await exports.ofIncident(id, bundle, lead));
  const zip = await bytes(begun);
  const { all, manifest, shown, types, text } = await verified(zip, keys);
  expect(manifest).toMatchObject({
    attachments: 'included',
    scope: { kind: 'incident', ref: 'INC-2', seq: 4 },
  });
  expect(types.filter((type) => type.startsWith('log.')).sort()).toEqual(['log.heads', 'log.key', 'log.key']);
  expect(shown.get(manifest.export)?.leaf.event.type).toBe('history.export');
  expect([...shown.values()].filter(({ leaf }) => leaf.kind !== 'journal')).toHaveLength(4);
  expect([...all.keys()].filter((path) => path.startsWith('proofs/'))).toEqual([
    'proofs/export.tlog-proof',
    'proofs/entry-1.tlog-proof',
    'proofs/entry-4.tlog-proof',
  ]);
  const [machine] = [...all.keys()].filter((path) => path.startsWith('machines/'));
  expect(parseMachine(text(machine ?? ''))).toMatchObject({ id: 'tiny', source: SOURCE });
  const [attached] = [...all].filter(([path]) => path.startsWith('attachments/'));
  expect(attached?.[1].toString()).toBe('a file');
  expect(text('views/ids.txt')).toContain('INC-2\n');
  expect(text('policy.example.txt')).toContain(`log ${keys.log.vkey}\n`);
  expect([...all.keys()].slice(-2)).toEqual(['MANIFEST.json', 'MANIFEST.note']);
});

test('the heads prove how far the incident had come when they were announced', async () => {
  const { clock, exports, keys, open, note, turns } = await setup();
  const [first, id] = [await open(), await open()];
  await note(id);
  await turns();
  clock.advance(24 * 60 * 60_000);
  await turns();
  const third = await open();
  for (const one of [third, id, first, id]) await note(one);
  const { shown, text } = await verified(await bytes(ok(await exports.ofIncident(id, bundle, lead))), keys);
  const { entry, index, leaf, proof } = parseHeads(text('log/heads.json'));
  const heads = shown.get(entry);
  expect(heads?.leaf.event.type).toBe('log.heads');
  const opening = linesOfOpenings(text('log/openings.jsonl'), entry);
  const [size, root] = [Number(opening['data.count']), Buffer.from(String(opening['data.root']), 'base64')];
  expect(leaf.seq).toBe(2);
  expect(verifyInclusion({ leafHash: leafHash(chainHeadLeaf(leaf)), index, size, root, proof })).toBe(true);
  const named = [...shown.values()].find(({ leaf: one }) => one.incident === leaf.incident && one.seq === 2);
  expect(Buffer.from(named?.hash ?? []).toString('hex')).toBe(leaf.head);
  const later = await verified(await bytes(ok(await exports.ofIncident(third, bundle, lead))), keys);
  expect(later.all.has('log/heads.json')).toBe(false);
  const began = (all: typeof shown) => [...all].find(([, one]) => one.leaf.machine !== undefined)?.[0];
  const places = [began(shown), began(later.shown)].map(Number);
  expect(places.map((place) => place < Number(opening['data.size']))).toEqual([true, false]);
});

function linesOfOpenings(text: string, index: number): Readonly<Record<string, unknown>> {
  const line = linesIn(Buffer.from(text))
    .map(parseOpeningsLine)
    .find((one) => one.index === index);
  return Object.fromEntries(
    (line?.openings ?? []).map((one) => [one.key, 'value' in one ? one.value : null]),
  );
}

test('a bundle of the log shows its range, and a range in the middle is proved too', async () => {
  const { exports, keys, open, note, store } = await setup();
  const id = await open();
  for (let i = 0; i < 700; i += 1) await note(id);
  await exports.ofIncident(id, bundle, lead);
  const { size } = await store.log.head();
  for (const [from, to] of [
    [0, size],
    [100, 650],
    [5, 5],
  ] as const) {
    const begun = ok(await exports.ofLog(from, to, { ...bundle, attachments: false }, lead));
    const { manifest, shown } = await verified(await bytes(begun), keys);
    expect(manifest.scope).toEqual({ kind: 'log', from, to });
    for (let index = from; index < to; index += 1) expect(shown.has(index)).toBe(true);
  }
});

test('values of whoever was erased before are withheld, and the entry that says so is shown', async () => {
  const { exports, keys, open, note, erase } = await setup();
  const id = await open();
  await note(id, { note: 'Mei was at home', about: 'mei' });
  const before = await verified(await bytes(ok(await exports.ofIncident(id, bundle, lead))), keys);
  expect(before.text('log/openings.jsonl')).toContain('Mei was at home');
  expect(before.types).not.toContain('person.erase');
  await erase('mei');
  const after = await verified(await bytes(ok(await exports.ofIncident(id, bundle, lead))), keys);
  expect(after.text('log/openings.jsonl')).not.toContain('Mei was at home');
  expect(after.text('log/openings.jsonl')).toContain('{"key":"note","subject":"mei","withheld":true}');
  expect(after.types.filter((type) => type === 'person.erase')).toHaveLength(1);
});

test('somebody who was erased in the journal and whose key is still there is withheld all the same', async () => {
  const { exports, keys, open, note, journal } = await setup();
  const id = await open();
  await note(id, { note: 'Mei was at home', about: 'mei' });
  await journal.record({ actor: lead, type: 'person.erase', subject: 'mei', data: { reason: 'asked' } });
  const made = async () =>
    (await verified(await bytes(ok(await exports.ofIncident(id, bundle, lead))), keys)).text;
  expect((await made())('log/openings.jsonl')).toContain('"withheld":true');
  await journal.record({ actor: lead, type: 'person.erase', subject: 'mei', refused: 'only_administrator' });
  expect((await made())('log/openings.jsonl')).toContain('Mei was at home');
});

test('an erasure while the bundle is sent ends it with an error, and one that is asked for again never begins', async () => {
  const { exports, open, note, erase } = await setup();
  const id = await open();
  await note(id, { note: 'Mei was at home', about: 'mei' });
  const begun = ok(await exports.ofIncident(id, bundle, lead));
  const sent = begun.bundle.bytes();
  await sent.next();
  await erase('mei');
  await expect(
    (async () => {
      for await (const chunk of sent) expect(chunk.length).toBeGreaterThan(0);
    })(),
  ).rejects.toThrow(ErasedMeanwhileError);
  const earlier = { index: begun.bundle.exportIndex, size: begun.checkpoint.size };
  await expect(exports.again(earlier, { incident: id }, bundle, lead)).rejects.toThrow(ErasedMeanwhileError);
});

test('asked for again it is the same, byte for byte, whatever was written since', async () => {
  const { exports, open, note, attach, turns, journal } = await setup();
  const id = await open();
  await note(id, { note: 'Mei was at home', about: 'mei' });
  await attach(id, 'a file');
  const first = ok(await exports.ofIncident(id, bundle, lead));
  const whole = await bytes(first);
  for (let i = 0; i < 300; i += 1) await note(id);
  await turns();
  const earlier = { index: first.bundle.exportIndex, size: first.checkpoint.size };
  const again = ok(await exports.again(earlier, { incident: id }, bundle, lead));
  expect(again.bundle.tag).toBe(first.bundle.tag);
  expect((await bytes(again)).equals(whole)).toBe(true);
  const without = ok(await exports.again(earlier, { incident: id }, { ...bundle, attachments: false }, lead));
  expect(without.bundle.tag).not.toBe(first.bundle.tag);
  const head = await journal.record({ actor: lead, type: 'x' });
  expect(head.seq).toBeGreaterThan(0);
});

test('somebody else has it again only as an administrator or auditor, and nothing but an export of that scope', async () => {
  const { exports, open, note } = await setup();
  const [id, other] = [await open(), await open()];
  await note(id);
  const first = ok(await exports.ofIncident(id, bundle, lead));
  const earlier = { index: first.bundle.exportIndex, size: first.checkpoint.size };
  const eve: Actor = { type: 'person', id: 'eve', roles: ['responder'] };
  const refused = { ok: false, code: 'unknown_export' };
  expect(await exports.again(earlier, { incident: id }, bundle, eve)).toEqual(refused);
  expect(await exports.again(earlier, { incident: other }, bundle, lead)).toEqual(refused);
  expect(await exports.again(earlier, 'log', bundle, lead)).toEqual(refused);
  expect(await exports.again({ ...earlier, index: 0 }, { incident: id }, bundle, lead)).toEqual(refused);
  expect(await exports.again({ ...earlier, size: 1 }, { incident: id }, bundle, lead)).toEqual(refused);
  const auditor: Actor = { type: 'person', id: 'aud', roles: ['auditor'] };
  expect(ok(await exports.again(earlier, { incident: id }, bundle, auditor)).bundle.tag).toBe(
    first.bundle.tag,
  );
});

test("the auditor's own checkpoint gets its proof, and one that is not known is named", async () => {
  const { exports, keys, open, note, store, turns } = await setup();
  const id = await open();
  await turns();
  const since = (await store.log.checkpoint())?.size ?? 0;
  await note(id);
  const { text } = await verified(
    await bytes(ok(await exports.ofIncident(id, { ...bundle, since }, lead))),
    keys,
  );
  const sizes = linesIn(Buffer.from(text('log/consistency.jsonl'))).map(
    (line) =>
      parseCheckpoint(openNote(parseConsistencyLine(line).checkpoint, [parseVkey(keys.log.vkey)]).text).size,
  );
  expect(sizes).toContain(since);
  await expect(exports.ofIncident(id, { ...bundle, since: since + 1_000 }, lead)).rejects.toThrow(
    UnknownCheckpointError,
  );
});

test('an evidence file that is another one now ends the bundle, and one that is gone does not begin it', async () => {
  const { exports, open, attach, files } = await setup();
  const id = await open();
  await attach(id, 'a file');
  const [sha256] = [...files.files.keys()];
  files.files.set(sha256 ?? '', Buffer.from('b file'));
  await expect(bytes(ok(await exports.ofIncident(id, bundle, lead)))).rejects.toThrow('not the one');
  files.files.delete(sha256 ?? '');
  await expect(exports.ofIncident(id, bundle, lead)).rejects.toThrow('is not there');
  expect(ok(await exports.ofIncident(id, { ...bundle, attachments: false }, lead)).bundle.attachments).toBe(
    'left out',
  );
});

test('without a signature in time nothing is begun, and the journal has the request', async () => {
  const { exports, open, store } = await setup();
  const id = await open();
  const parts = Reflect.get(exports, 'parts') as ConstructorParameters<typeof HistoryExports>[0];
  const unsigned = new HistoryExports({
    ...parts,
    service: { ...parts.service, covering: async () => undefined },
  });
  expect(await unsigned.ofIncident(id, bundle, lead)).toEqual({ ok: false, code: 'not_signed' });
  const last = (await store.entries(0 as IncidentId, 0, 100)).at(-1);
  expect(readLeaf(last?.leaf ?? new Uint8Array()).event.type).toBe('history.export');
});

test('with a key that no entry up to the checkpoint announces, no bundle is made', async () => {
  const { exports, open } = await setup();
  const id = await open();
  const first = ok(await exports.ofIncident(id, bundle, lead));
  const parts = Reflect.get(exports, 'parts') as ConstructorParameters<typeof HistoryExports>[0];
  const another = keyNamed(parts.text.release);
  const rotated = new HistoryExports({
    ...parts,
    service: { ...parts.service, bundleKey: async () => another },
  });
  expect(await rotated.ofIncident(id, bundle, lead)).toEqual({ ok: false, code: 'not_signed' });
  const earlier = { index: first.bundle.exportIndex, size: first.checkpoint.size };
  const again = await rotated.again(earlier, { incident: id }, bundle, lead);
  expect(again).toEqual({ ok: false, code: 'unknown_export' });
});

test('a moment is a place in the log', async () => {
  const { exports, open, note, clock, turns, store } = await setup();
  const id = await open();
  for (let i = 0; i < 9; i += 1) {
    clock.advance(60_000);
    await note(id);
  }
  await turns();
  const entries = await store.log.entries(0, 100, 100);
  const times = entries.map(({ leaf }) => Date.parse(readLeaf(leaf).at));
  expect(await exports.placeAt(0)).toBe(0);
  const noted = entries.findIndex(({ leaf }) => readLeaf(leaf).event.type === 'note.add');
  expect(await exports.placeAt(times[noted] ?? 0)).toBe(noted);
  expect(await exports.placeAt((times[noted] ?? 0) + 1)).toBe(noted + 1);
  expect(await exports.placeAt(Date.parse('2099-01-01T00:00:00Z'))).toBe((await store.log.head()).size);
});
