/** A bundle of a whole log that nobody lived through: as many entries as are asked for, written in a minute a million. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { createReadStream, createWriteStream, type WriteStream } from 'node:fs';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { finished, pipeline } from 'node:stream/promises';
import {
  bundleKeyName,
  checkpointText,
  digestOf,
  formatMachine,
  formatManifest,
  formatOpeningsLine,
  Frontier,
  genesisHash,
  MANIFEST_NOTE_PATH,
  MANIFEST_PATH,
  manifestNoteText,
  sealEntry,
  signNote,
  vkeyOf,
  writeZip,
  type LeafDraft,
  type ManifestFile,
  type NoteSigner,
  type ShownOpening,
  type ZipMember,
} from '@cordon/audit';
import { toIso } from '@cordon/kernel';

const LOG = 'cordon-log/made';
const JOURNAL = '00000000-0000-7000-8000-000000000000';
const PLAYBOOK = { id: 'made', version: '1.0.0', source: 'no playbook' };
const DIGEST = digestOf(PLAYBOOK.source);
const BEGAN = Date.parse('2026-01-01T00:00:00Z');
/** Entries of one incident, and incidents that are open at once. */
const [EACH, OPEN] = [100, 64];
const STEPS = ['assess', 'isolate', 'collect', 'notify', 'restore', 'review'];
const STATUSES = ['ready', 'in_progress', 'completed'];

/** Writes the file. Levels 1 to 4 hold; its playbook is none. */
export async function writeMadeBundle(path: string, entries: number): Promise<void> {
  const [logKey, bundleKey] = [keyNamed(LOG), keyNamed(bundleKeyName(LOG))];
  const files = { leaves: `${path}.leaves`, openings: `${path}.openings` };
  const written = await writeEntries(files, entries, [logKey, bundleKey]);
  const { size, root } = written;
  const checkpoint = { size, root };
  const listed: ManifestFile[] = [];
  const text = (name: string, data: string): ZipMember => ({ path: name, data: Buffer.from(data) });
  async function* members(): AsyncGenerator<ZipMember> {
    yield text('VERIFY.txt', 'A benchmark.\n');
    yield text('verify/verify.py', '# not in here\n');
    yield text('policy.example.txt', `log ${logKey.vkey}\nquorum none\n`);
    yield text('log/checkpoint', await signNote(checkpointText({ origin: LOG, size, root }), [logKey]));
    yield text('log/consistency.jsonl', '');
    yield text('log/gaps.txt', '');
    yield { path: 'log/entries.jsonl', data: createReadStream(files.leaves) };
    yield { path: 'log/openings.jsonl', data: createReadStream(files.openings) };
    yield text(`machines/${DIGEST}.json`, formatMachine({ ...PLAYBOOK, digest: DIGEST }));
    const manifest = formatManifest({
      ...{ attachments: 'none', checkpoint, entries: size, export: size - 1, files: listed.slice() },
      ...{ origin: LOG, scope: { kind: 'log', from: 0, to: size } },
    });
    yield text(MANIFEST_PATH, manifest);
    const digest = digestOf(manifest);
    yield text(MANIFEST_NOTE_PATH, await signNote(manifestNoteText(LOG, digest), [bundleKey]));
  }
  const zip = writeZip(members(), (name, bytes, sha256) => void listed.push({ path: name, bytes, sha256 }));
  await pipeline(Readable.from(zip), createWriteStream(path));
  for (const file of Object.values(files)) await rm(file);
}

/** One chain that is being written. */
interface Chain {
  readonly incident: string;
  seq: number;
  head: Uint8Array;
  state: LeafDraft['to'];
}

async function writeEntries(
  files: { readonly leaves: string; readonly openings: string },
  entries: number,
  keys: readonly NoteSigner[],
): Promise<{ readonly size: number; readonly root: Buffer }> {
  const [leaves, openings] = [createWriteStream(files.leaves), createWriteStream(files.openings)];
  const tree = new Frontier();
  const salt = salts();
  const append = async (chain: Chain, draft: Said): Promise<void> => {
    chain.seq += 1;
    const at = toIso(BEGAN + 1_000 * tree.size);
    const { seq, incident } = chain;
    const sealed = sealEntry(
      { ...PLAIN, log: LOG, incident, seq, revision: seq, at, occurredAt: at, ...draft },
      chain.head,
      salt,
    );
    chain.head = sealed.hash;
    if (sealed.openings.length > 0) {
      const line = { index: tree.size, openings: sealed.openings as readonly ShownOpening[] };
      await put(openings, `${formatOpeningsLine(line)}\n`);
    }
    tree.append(sealed.hash);
    await put(leaves, Buffer.concat([sealed.leaf, LINE_FEED]));
  };
  const journal = begun(JOURNAL);
  for (const [i, purpose] of ['log', 'bundle'].entries())
    await append(journal, said('log.key', { purpose, vkey: keys[i]?.vkey ?? '' }));
  const open: Chain[] = [];
  for (let i = 0; tree.size < entries - 1; i += 1) {
    let chain = open[i % OPEN];
    if (!chain || chain.seq === EACH) chain = open[i % OPEN] = begun(incidentNamed(i));
    await append(chain, moved(chain));
  }
  const size = tree.size + 1;
  const scope = { format: 'bundle', scope: 'log', from: 0, to: size };
  await append(journal, said('history.export', scope));
  for (const file of [leaves, openings]) await finished(file.end());
  return { size, root: tree.root() };
}

/** What the entries differ in, besides their places. */
type Said = Pick<LeafDraft, 'event' | 'committed'> & Partial<LeafDraft>;

const LINE_FEED = Buffer.from('\n');
const PLAIN = {
  kind: 'journal' as const,
  actor: { id: '00000000-0000-7000-8000-000000000001', roles: ['responder'], type: 'person' },
  ...{ from: null, to: null },
};

/** An entry of the journal about the log. */
function said(type: string, data: Readonly<Record<string, string | number>>): Said {
  const committed = Object.entries(data).map(([name, value]) => [`data.${name}`, value] as const);
  return { event: { type }, committed: Object.fromEntries(committed) };
}

/** What comes next in an incident: it goes through its steps again and again, and each third entry says something. */
function moved(chain: Chain): Said {
  const { seq, state, incident } = chain;
  const steps = STEPS.map(
    (step, i) => [step, STATUSES[Math.floor((seq + 5 * i) / 4) % 3] ?? 'ready'] as const,
  );
  const to = { open: { contain: Object.fromEntries(steps), watch: { observe: 'ready' } } };
  chain.state = to;
  return {
    ...{ kind: seq === 0 ? 'opened' : 'transition', from: state, to, machineDigest: DIGEST },
    event: {
      type: seq === 0 ? 'incident.open' : 'step.complete',
      step: STEPS[seq % STEPS.length] ?? 'assess',
    },
    stateDigest: digestOf(`${incident} ${seq}`),
    committed: seq % 3 === 0 ? { 'data.output': { note: `what was found in entry ${seq}`, hosts: seq } } : {},
  };
}

function begun(incident: string): Chain {
  return { incident, seq: 0, head: genesisHash(incident), state: null };
}

function incidentNamed(number: number): string {
  return `01980000-0000-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** Not random, as nothing here is a secret: it takes less time. */
function salts(): () => string {
  const bytes = Buffer.alloc(16);
  let count = 0;
  return () => {
    bytes.writeUInt32LE((count += 1));
    return bytes.toString('base64url');
  };
}

async function put(file: WriteStream, data: string | Uint8Array): Promise<void> {
  if (!file.write(data)) await once(file, 'drain');
}

function keyNamed(name: string): NoteSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return { vkey: vkeyOf(name, raw).text, sign: async (message) => sign(null, message, privateKey) };
}
