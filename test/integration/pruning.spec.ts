/**
 * Retention is over: what belongs to closed incidents is gone from every table, and all that is left is provable as before.
 */
import { createHash } from 'node:crypto';
import { readdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { isOpen, parsePolicy } from '@cordon/audit';
import {
  JOURNAL_ID,
  patrol,
  placeHold,
  PrunedEntriesError,
  releaseHold,
  selfCheck,
  type BegunExport,
  type IncidentId,
} from '@cordon/runtime';
import { verifyFile } from '../../apps/cli/src/audit/verify-file.js';
import { whileSigned } from '../../apps/cli/src/prune/signing.js';
import { hasPython, PythonVerifier } from '../audit/python-verifier.js';
import { emptyDatabase } from '../support/database.js';
import { MARK, PERSON, Retention } from '../support/retention.js';

let one: Retention;
let gone: readonly IncidentId[];
let uids: readonly string[];
let later: IncidentId;
let files: { readonly alone: string; readonly shared: string };
let size: number;
let place: number;
let earlier: Buffer;

beforeAll(async () => {
  one = await Retention.begin();
  const first = await one.over(60);
  await one.settle();
  const second = await one.open(20, MARK);
  const alone = await one.collect(second, 'a disk');
  const shared = await one.collect(second, 'a screenshot');
  await one.write(220);
  await one.close(second);
  const third = await one.over(90);
  gone = [first, second, third];
  one.clock.advance(400 * 86_400_000);
  await one.write(150);
  one.clock.advance(400 * 86_400_000);
  later = await one.open(40, 'Later');
  expect(await one.collect(later, 'a screenshot', 'shared')).toBe(shared);
  files = { alone, shared };
  await one.close(later);
  await one.write(300);
  await one.settle();
  uids = (await one.asOwner(`SELECT uid FROM incident WHERE id < ${later} ORDER BY id`)).map(({ uid }) =>
    String(uid),
  );
  ({ size } = await one.store.log.head());
  earlier = await exported('earlier.zip', (exports) =>
    exports.ofIncident(first, { format: 'bundle', attachments: true }, PERSON),
  );
}, 180_000);
afterAll(() => one.end());

type Exports = Awaited<ReturnType<Retention['exports']>>;

const path = (name: string): string => join(one.folder, name);

async function exported(name: string, begin: (exports: Exports) => Promise<BegunExport>): Promise<Buffer> {
  const { journal, keys, memory, clock, store } = one;
  const bytes = await whileSigned({ store: store.log, journal, keys, memory, clock }, async () => {
    const begun = await begin(await one.exports());
    if (!begun.ok) throw new Error(begun.code);
    const chunks: Buffer[] = [];
    for await (const chunk of begun.bundle.bytes()) chunks.push(chunk);
    return Buffer.concat(chunks);
  });
  await writeFile(path(name), bytes);
  return bytes;
}

/** Both verifiers, with the deployment's key. */
async function verified(name: string): Promise<void> {
  const policy = `${(await one.service().vkeys()).map((vkey) => `log ${vkey}\n`).join('')}quorum none\n`;
  const report = await verifyFile(path(name), { upTo: 5, policy: parsePolicy(policy) });
  expect([report.fault, report.ok]).toEqual([undefined, true]);
  if (!hasPython) return;
  await writeFile(path('policy.txt'), policy);
  const python = new PythonVerifier();
  const answer = await python.ask({ bundle: path(name), policy: path('policy.txt') });
  await python.close();
  expect(answer).toMatchObject({ ok: true });
}

test('a dry run says what would go and what keeps the rest, and changes nothing', async () => {
  const before = await one.rows();
  const { code, out } = await one.cli('audit', 'prune', '--before', '2020-01-01', '--dry-run');
  expect([code, out]).toEqual([0, expect.stringContaining('Would go: 3 incidents')]);
  const asked = ['--before', '2020-01-01', '--dry-run', '--json'];
  const plan = JSON.parse((await one.cli('audit', 'prune', ...asked)).out) as Record<string, unknown>;
  expect(plan).toMatchObject({
    ...{ dryRun: true, from: 0, incidents: gone.map((id) => `INC-${id}`), beyond: 0 },
    kept: [{ ref: `INC-${later}`, why: 'closed_later' }],
  });
  expect(await one.rows()).toEqual(before);
});

test('nothing is done without an archive and a reason, nor for a day to come', async () => {
  for (const args of [[], ['--archive', 'x.zip'], ['--archive', 'x.zip', '--reason', ' ']])
    expect((await one.cli('audit', 'prune', '--before', '2020-01-01', ...args)).code).toBe(2);
  expect((await one.cli('audit', 'prune', '--before', '2999-01-01', '--dry-run')).code).toBe(2);
});

test('an archive that cannot be whole, or is of something else, stops it, and nothing is gone', async () => {
  const before = await one.rows(MARK);
  const file = join(
    one.folder,
    'evidence',
    'sha256',
    files.alone.slice(0, 2),
    files.alone.slice(2, 4),
    files.alone,
  );
  await rename(file, path('aside'));
  const missing = await one.prune('missing.zip');
  expect([missing.code, missing.err]).toEqual([5, expect.stringContaining(`${files.alone} is not there`)]);
  await writeFile(file, 'another disk');
  const altered = await one.prune('altered.zip');
  expect([altered.code, altered.err]).toEqual([
    5,
    expect.stringContaining('is not the one that was collected'),
  ]);
  await rename(path('aside'), file);
  const other = await one.prune('earlier.zip');
  expect([other.code, other.err]).toEqual([4, expect.stringContaining('holds something else')]);
  await writeFile(path('broken.zip'), earlier.subarray(0, 2_000));
  const broken = await one.prune('broken.zip');
  expect([broken.code, broken.err]).toEqual([5, expect.stringContaining('does not verify')]);
  const nowhere = await one.prune('no/such/folder.zip');
  expect([nowhere.code, nowhere.err]).toEqual([1, expect.stringContaining('cannot be written')]);
  expect((await readdir(one.folder)).filter((name) => /part|missing|altered/.test(name))).toEqual([]);
  expect(await one.store.log.journalEntries(['log.pruned'])).toEqual([]);
  expect(await one.rows(MARK)).toEqual(before);
}, 120_000);

test('it writes an archive that both verifiers accept, and removes every row, from every table', async () => {
  const { code, out, err } = await one.prune('archive.zip', '--json');
  expect([code, err.split('\n').filter((line) => line.endsWith('.'))]).toEqual([0, []]);
  const said = JSON.parse(out) as { to: number; archive: { sha256: string }; evidenceFiles: number };
  place = said.to;
  expect(place % 256).toBe(0);
  expect(place).toBeGreaterThan(300);
  const digest = createHash('sha256')
    .update(await readFile(path('archive.zip')))
    .digest('hex');
  expect(said.archive.sha256).toBe(digest);
  await verified('archive.zip');
  expect(await one.rows(MARK)).toEqual({});
  for (const uid of uids) {
    // Where the chain ended is kept, and the journal says that it was exported.
    const left = await one.rows(uid);
    expect(
      Object.keys(left).filter((table) => !['pruned_incident', 'audit_opening'].includes(table)),
    ).toEqual([]);
  }
  const [left] = await one.asOwner(
    `SELECT count(*)::int AS n FROM audit_opening WHERE incident_id IN (${gone.join()})`,
  );
  expect(left).toEqual({ n: 0 });
});

test('no table holds rows of an incident but those that are emptied, and those that are known not to', async () => {
  const about = await one.asOwner(`
    SELECT DISTINCT table_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name = 'incident_id' ORDER BY 1`);
  const others = [
    ...['absence', 'act', 'attempt', 'challenge', 'credential', 'deployment', 'deployment_secret', 'duty'],
    ...[
      'external_identity',
      'incident',
      'invitation',
      'journal_head',
      'log_checkpoint',
      'log_head',
      'log_pruning',
    ],
    ...['log_tile', 'log_timestamp', 'person', 'playbook', 'pruned_incident', 'schema_migration', 'session'],
    ...['subject_key', 'team', 'team_member', 'token', 'vault_key'],
  ];
  const all = await one.asOwner(
    `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
  );
  const names = all.map(({ name }) => String(name)).sort();
  // Whoever adds a table gives it a column incident_id or a foreign key, or says here why it needs none.
  expect([...about.map(({ name }) => String(name)), ...others].sort()).toEqual(names);
});

test('the history says who removed what, why, and which archive was made', async () => {
  const [entry] = await one.store.log.journalEntries(['log.pruned'], 1);
  const openings = JSON.parse(entry?.openings ?? '[]') as { key: string; value: unknown }[];
  const said = Object.fromEntries(openings.map(({ key, value }) => [key, value]));
  expect(said).toMatchObject({
    ...{ 'data.from': 0, 'data.to': place, 'data.incidents': 3, 'data.reason': 'Six years' },
    ...{ 'data.before': '2020-01-01T00:00:00.000Z', 'data.login': expect.any(String) },
    'data.archive': createHash('sha256')
      .update(await readFile(path('archive.zip')))
      .digest('hex'),
  });
  expect(openings.every((opening) => isOpen(opening as never))).toBe(true);
  expect(((await one.store.log.checkpoint())?.size ?? 0) > (entry?.index ?? Infinity)).toBe(true);
});

test('a start and a patrol find nothing wrong, and the tree has grown from what was signed before', async () => {
  await one.look();
  await selfCheck({ store: one.store.log, memory: one.memory, vkeys: [], newest: 100 });
  await patrol(one.store.log, async () => undefined);
  expect((await one.store.log.head()).size).toBeGreaterThan(size);
  await one.write(700);
  await one.settle();
  await one.look();
  await patrol(one.store.log, async () => undefined);
});

test('every entry of the journal that is left has its place, and every tile is there', async () => {
  const { store } = one;
  const { pruned } = await store.log.head();
  expect(pruned?.place).toBe(place);
  const entries = await store.log.chainEntries(JOURNAL_ID, 0, 1_000_000, 100_000);
  const below = entries.filter(({ index }) => index < place);
  const [{ n } = { n: 0 }] = await one.asOwner(
    `SELECT count(*)::int AS n FROM audit_entry WHERE id <= ${pruned?.lastEntry}`,
  );
  expect(below).toHaveLength(Number(n));
  expect(below.length).toBeGreaterThan(200);
  for (const [i, { index }] of entries.entries()) expect(index).toBeGreaterThan(entries[i - 1]?.index ?? -1);
  expect(await store.log.tiles(0, 0, place / 256)).toHaveLength(place / 256);
  expect((await store.log.journalEntries(['log.key'])).every(({ index }) => index < place)).toBe(true);
});

test('what is gone is answered as what never was; places below say why they cannot be had', async () => {
  const [first = 0 as IncidentId] = gone;
  expect(await one.cordon.incident(first, PERSON, 'en')).toBeUndefined();
  expect(await one.cordon.transitions(first, PERSON, 0, 10)).toBeUndefined();
  const note = { key: 'late', type: 'note.add', data: { text: 'late' } };
  expect(await one.cordon.submitEvent(first, note, PERSON)).toMatchObject({ ok: false });
  const listed = await one.cordon.incidents({ limit: 100 }, PERSON);
  expect(listed.map(({ ref }) => ref)).toEqual([`INC-${later}`]);
  const exports = await one.exports();
  const options = { format: 'bundle', attachments: false };
  await expect(exports.ofLog(0, size, options, PERSON)).rejects.toThrow(PrunedEntriesError);
  await expect(one.store.log.entries(place - 1, place + 5, 10)).rejects.toThrow(`from place ${place} on`);
  expect(await one.store.log.entries(place, place + 5, 10)).toHaveLength(5);
  expect(await exports.placeAt(0)).toBe(place);
});

test('a bundle of an incident that is left verifies in both, with keys announced below the boundary, and heads', async () => {
  const bytes = await exported('later.zip', (exports) =>
    exports.ofIncident(later, { format: 'bundle', attachments: true }, PERSON),
  );
  await verified('later.zip');
  expect(bytes.includes('log/heads.json')).toBe(true);
});

test('a range from the boundary on verifies in both', async () => {
  const { size: all } = await one.store.log.head();
  await exported('range.zip', (exports) =>
    exports.ofLog(place, all, { format: 'bundle', attachments: false }, PERSON),
  );
  await verified('range.zip');
});

test('a bundle that was handed out before still verifies', async () => {
  expect(earlier.length).toBeGreaterThan(1_000);
  await verified('earlier.zip');
});

test('files that nobody names any more are gone, and those of others stay', async () => {
  expect(await one.evidence.open(files.alone)).toBeUndefined();
  const file = await one.evidence.open(files.shared);
  expect(file).toBeDefined();
  await file?.close();
});

test('again: nothing can go, and nothing is written', async () => {
  const { code, out } = await one.prune('again.zip');
  expect([code, out]).toEqual([0, expect.stringContaining('Nothing can go')]);
  expect(await stat(path('again.zip')).catch(() => undefined)).toBeUndefined();
});

test('the number of an incident that is gone is given to nobody', async () => {
  const restart = `ALTER TABLE incident ALTER COLUMN id RESTART WITH ${gone[0]}`;
  const [{ next } = { next: 0 }] = await one.asOwner(`SELECT max(id) + 1 AS next FROM incident`);
  await one.asOwner(restart);
  await expect(one.open(0)).rejects.toThrow(/not given again/);
  await one.asOwner(`ALTER TABLE incident ALTER COLUMN id RESTART WITH ${String(next)}`);
});

test('a backup of what is left is put back, and holds', async () => {
  expect((await one.cli('backup', '--out', 'backup.zip')).code).toBe(0);
  const drill = await one.cli('restore', '--drill', 'backup.zip');
  expect([drill.code, drill.out]).toEqual([0, expect.stringContaining('HOLDS')]);
  const database = await emptyDatabase();
  const restored = await one.cliWith({ ...one.env, DATABASE_URL: database.url }, 'restore', 'backup.zip');
  expect([restored.code, restored.out]).toEqual([0, expect.stringContaining('the server may start')]);
  await database.drop();
});

test('a hold stops it, over an incident or over all, and is told; released, and more goes', async () => {
  const { holds } = one.store;
  const deps = { holds, journal: one.journal, clock: one.clock };
  const next = await one.over(60);
  const dry = async (): Promise<string> =>
    (await one.cli('audit', 'prune', '--before', '2021-06-01', '--dry-run')).out;
  await one.write(300);
  await one.settle();
  const over = await placeHold(deps, { reason: 'An inquiry' }, PERSON);
  expect(await dry()).toContain('covers the whole deployment');
  await releaseHold(deps, over.id, 'It is over', PERSON);
  const hold = await placeHold(deps, { incidentId: later, reason: 'A case' }, PERSON);
  expect(await dry()).toContain(`The boundary stops before INC-${later}, under the legal hold ${hold.id}`);
  expect(await dry()).toContain('1 incidents could go, and stay');
  await releaseHold(deps, hold.id, 'It is over', PERSON);
  await one.settle();
  expect(await dry()).toContain(`Would go: 2 incidents`);
  const args = ['--before', '2021-06-01', '--archive', 'second.zip', '--reason', 'Two more'];
  expect(await one.cli('audit', 'prune', ...args)).toMatchObject({ code: 0 });
  await verified('second.zip');
  await one.look();
  await patrol(one.store.log, async () => undefined);
  expect((await one.rows())['pruned_incident']).toBe(5);
  expect((await one.rows())['legal_hold']).toBe(1);
  expect(next).toBeGreaterThan(later);
  expect(await one.evidence.open(files.shared)).toBeUndefined();
}, 180_000);

test('after a recovery the new tree is sound, and what went before is still accounted for', async () => {
  const { origin } = await one.store.log.head();
  expect((await one.cli('audit', 'recover', '--confirm', origin)).code).toBe(0);
  await one.settle();
  await one.look();
  expect((await one.store.log.head()).pruned).toBeUndefined();
  await one.asOwner(
    'ALTER TABLE pruned_incident DISABLE TRIGGER ALL',
    `DELETE FROM pruned_incident WHERE id = ${gone[0]}`,
  );
  await expect(one.look()).rejects.toThrow(/is not what entry \d+ of the journal says/);
});

test('up to the last full tile, so that what follows stands in none yet', async () => {
  const other = await Retention.begin();
  await other.over(30);
  await other.write(280);
  await other.settle();
  expect(await other.prune('archive.zip')).toMatchObject({ code: 0 });
  const { pruned, size: all } = await other.store.log.head();
  expect([pruned?.place, Math.floor(all / 256)]).toEqual([256, 1]);
  await other.look();
  const places = async (): Promise<readonly number[]> =>
    (await other.store.log.chainEntries(JOURNAL_ID, 0, 1_000_000, 100_000)).map(({ index }) => index);
  expect((await places()).at(-1)).toBe(all - 1);
  expect(await other.store.log.entries(256, all, 1_000)).toHaveLength(all - 256);
  expect(await other.store.log.journalEntries(['log.pruned'], 1)).toHaveLength(1);
  const id = await other.open(3, 'After');
  await other.write(300);
  await other.settle();
  await other.look();
  expect((await other.store.log.chainEntries(id, 0, 4, 10)).map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
  expect(await other.store.log.entries(257, 900, 1_000)).toHaveLength(
    Math.min(900, (await other.store.log.head()).size) - 257,
  );
  await other.end();
}, 60_000);
