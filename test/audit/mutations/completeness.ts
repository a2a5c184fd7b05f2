/** What is left out of a bundle. */
import {
  formatHeads,
  inclusionProof,
  leafHash,
  chainHeadLeaf,
  memoryTiles,
  type HeadsDocument,
} from '@cordon/audit';
import { canonicalJson, type JsonObject } from '@cordon/kernel';
import { chainHeads, withJournalEntry } from '../../support/bundle-log.js';
import { ERASED, JOURNAL_UID, linesIn, setLines, testBundle, type TestBundle } from '../../support/bundle.js';
import { shownIn, showing, signed, type Attack, type Bench, type Seen } from './bench.js';

const KEY = 'who has the bundle key';
const LOG = 'who has the log and bundle keys';
const COMPLETE: Seen = { level: 2, code: 'E_COMPLETENESS' };

const heads = (parts: TestBundle['parts']): JsonObject =>
  JSON.parse(parts.get('log/heads.json')?.toString() ?? '') as JsonObject;

/** `log/heads.json` is another, and the bundle key signs that. */
const head = (
  name: string,
  change: (document: JsonObject, bench: Bench) => JsonObject | Promise<JsonObject>,
): Attack => ({
  ...{ name, by: KEY, on: 'incident', expect: { ...COMPLETE, path: 'log/heads.json' } },
  apply: async (bench) => {
    bench.parts.set('log/heads.json', Buffer.from(canonicalJson(await change(heads(bench.parts), bench))));
    return { zip: await signed(bench.bundle) };
  },
});

/** Fewer entries of the incident are shown, and what else is needed is made to fit. */
async function shortened({ bundle, parts, log }: Bench, scopeSeq?: number): Promise<Buffer> {
  const uid = log.incidents[0];
  const own = shownIn(bundle).filter((index) => log.entries[index]?.incident === uid);
  const gone = new Set(own.slice(-2));
  parts.delete('proofs/last.tlog-proof');
  const made = await showing(
    bundle,
    shownIn(bundle).filter((index) => !gone.has(index)),
  );
  const { scope } = made.manifest;
  if (scope.kind !== 'incident') throw new Error('it is not of an incident');
  return signed({
    ...made,
    manifest: { ...made.manifest, scope: { ...scope, seq: scopeSeq ?? scope.seq - 2 } },
  });
}

/** Without these leaves. */
const hiding = (
  name: string,
  expect: Seen,
  on: 'incident' | 'part' | 'bare incident',
  which: (bench: Bench) => number,
  proof?: string,
): Attack => ({
  ...{ name, by: KEY, on, expect },
  apply: async (bench) => {
    const gone = which(bench);
    if (proof) bench.parts.delete(proof);
    return {
      zip: await signed(
        await showing(
          bench.bundle,
          shownIn(bench.bundle).filter((index) => index !== gone),
        ),
      ),
    };
  },
});

const newest = ({ bundle }: Bench, type: string): number =>
  bundle.log.entries.findLastIndex((entry) => entry.type === type);

export const completenessAttacks: readonly Attack[] = [
  {
    ...{
      name: 'the last entries of an incident are left out, and the scope says so',
      by: KEY,
      on: 'incident',
      expect: COMPLETE,
    },
    apply: async (bench) => ({ zip: await shortened(bench) }),
  },
  {
    ...{
      name: 'the last entries of an incident are left out, and the scope says that they are there',
      by: KEY,
      on: 'incident',
      expect: COMPLETE,
    },
    apply: async (bench) => {
      const { scope } = bench.bundle.manifest;
      return { zip: await shortened(bench, scope.kind === 'incident' ? scope.seq : 0) };
    },
  },
  hiding(
    'an entry in the middle of an incident is hidden in a gap',
    { level: 2, code: 'E_CHAIN_SEQ' },
    'incident',
    ({ bundle, log }) =>
      shownIn(bundle).filter((index) => log.entries[index]?.incident === log.incidents[0])[4] ?? 0,
  ),
  hiding(
    'the first entry of an incident is hidden in a gap',
    { level: 2, code: 'E_CHAIN_SEQ' },
    'incident',
    ({ bundle, log }) =>
      shownIn(bundle).find((index) => log.entries[index]?.incident === log.incidents[0]) ?? 0,
    'proofs/first.tlog-proof',
  ),
  hiding(
    'the entry that announces the bundle is hidden',
    COMPLETE,
    'incident',
    (bench) => newest(bench, 'history.export'),
    'proofs/export.tlog-proof',
  ),
  hiding(
    'the newest heads are hidden and their proof left',
    { ...COMPLETE, path: 'log/heads.json' },
    'incident',
    (bench) => newest(bench, 'log.heads'),
  ),
  hiding(
    'the key that signs the manifest is not announced',
    { level: 1, code: 'E_SIG', path: 'MANIFEST.note' },
    'bare incident',
    ({ bundle }) => bundle.log.entries.findLastIndex((entry) => entry.type === 'log.key'),
  ),
  hiding('a leaf of the range is hidden in a gap', COMPLETE, 'part', ({ bundle }) => {
    const entries = bundle.log.entries.slice(20, 60);
    return (
      20 +
      entries.findLastIndex(
        ({ incident }, i) =>
          incident !== JOURNAL_UID && !entries.slice(i + 1).some((later) => later.incident === incident),
      )
    );
  }),
  {
    ...{ name: 'another entry is said to announce the bundle', by: KEY, on: 'incident', expect: COMPLETE },
    apply: async ({ bundle }) => ({
      zip: await signed({ ...bundle, manifest: { ...bundle.manifest, export: 0 } }),
    }),
  },
  {
    ...{ name: 'what the announcing entry says is withheld', by: KEY, on: 'bare', expect: COMPLETE },
    apply: async ({ bundle, parts }) => {
      const lines = (parts.get('log/openings.jsonl')?.toString() ?? '').trimEnd().split('\n');
      setLines(parts, 'log/openings.jsonl', lines.slice(0, -1));
      return { zip: await signed(bundle) };
    },
  },
  {
    ...{
      name: 'the bundle of a part of the log says that it is of a smaller part',
      by: KEY,
      on: 'part',
      expect: { level: 2, code: 'E_FOREIGN_LEAF' },
    },
    apply: async ({ bundle }) => ({
      zip: await signed({
        ...bundle,
        manifest: { ...bundle.manifest, scope: { kind: 'log', from: 21, to: 60 } },
      }),
    }),
  },
  {
    ...{
      name: 'the log denies the last entries of an incident when it announces the bundle, and the heads hold them',
      by: LOG,
      on: 'bare incident',
      expect: { ...COMPLETE, path: 'log/heads.json' },
    },
    apply: (bench) => denied(bench),
  },
  {
    ...{
      name: 'the log denies the last entries of an incident, and the proof of the heads that hold them is left out',
      by: LOG,
      on: 'bare incident',
      expect: { ...COMPLETE, path: 'log/heads.json' },
    },
    apply: (bench) => denied(bench, ['log/heads.json']),
  },
  {
    ...{
      name: 'the proof of the heads is left out',
      by: KEY,
      on: 'incident',
      expect: ({ bundle }) => ({ ...COMPLETE, path: 'log/heads.json', index: newestHeads(bundle.log) }),
    },
    apply: async ({ bundle, parts }) => {
      parts.delete('log/heads.json');
      return { zip: await signed(bundle) };
    },
  },
  {
    ...{
      name: 'older heads are shown in the place of the newest, without a proof',
      by: KEY,
      on: 'incident',
      expect: ({ log }) => ({
        ...COMPLETE,
        ...{ path: 'log/heads.json', index: log.entries.findIndex(({ type }) => type === 'log.heads') },
      }),
    },
    apply: async ({ bundle, parts, log }) => {
      parts.delete('log/heads.json');
      const older = log.entries.findIndex(({ type }) => type === 'log.heads');
      const shown = shownIn(bundle).filter((index) => index !== newestHeads(bundle.log));
      const less = await showing(
        bundle,
        [...shown, older].sort((a, b) => a - b),
      );
      return withOpenings(less, bundle.log, older, less.manifest);
    },
  },
  {
    ...{
      name: 'the size of the newest heads is withheld in the name of somebody who was erased, and their proof left out',
      by: KEY,
      on: 'incident',
      expect: ({ bundle }) => ({ ...COMPLETE, index: newestHeads(bundle.log) }),
    },
    apply: async ({ bundle, parts }) => {
      parts.delete('log/heads.json');
      const line = `{"index":${newestHeads(bundle.log)},`;
      const hide = (text: string): string =>
        text.replace(/\{"key":"data\.size","salt":"[^"]*","value":\d+\}/, HIDDEN_SIZE);
      setLines(
        parts,
        'log/openings.jsonl',
        linesIn(parts, 'log/openings.jsonl').map((one) => (one.startsWith(line) ? hide(one) : one)),
      );
      return { zip: await signed(bundle) };
    },
  },
  {
    ...{ name: 'a bundle of the log carries heads of an incident', by: KEY, on: 'bare', expect: COMPLETE },
    apply: async ({ bundle, parts, of }) => {
      const all = [...parts];
      const at = all.findIndex(([one]) => one.startsWith('proofs/'));
      const data = of('bare incident').parts.get('log/heads.json') ?? Buffer.alloc(0);
      return {
        zip: await signed({ ...bundle, parts: new Map(all.toSpliced(at, 0, ['log/heads.json', data])) }),
      };
    },
  },
  head('the proof of the heads lacks a hash', (one) => ({
    ...one,
    proof: (one['proof'] as string[]).slice(1),
  })),
  head('the proof of the heads is of another place', (one) => ({ ...one, index: Number(one['index']) + 1 })),
  head('the heads are said to hold fewer entries', (one) => ({
    ...one,
    leaf: { ...(one['leaf'] as JsonObject), seq: 1 },
  })),
  head('the heads are said to end in another entry', (one) => ({
    ...one,
    leaf: { ...(one['leaf'] as JsonObject), head: '1'.repeat(64) },
  })),
  head('the heads are those of another incident', async (one, bench) => {
    const other = bench.log.incidents[1] ?? '';
    return JSON.parse(await headsAt(bench, Number(one['entry']), other)) as JsonObject;
  }),
  head('the proof is of older heads, which say less', (_, bench) => {
    const old = bench.log.entries.findIndex(({ type }) => type === 'log.heads');
    return headsAt(bench, old, bench.log.incidents[0] ?? '').then((text) => JSON.parse(text) as JsonObject);
  }),
  head('the proof of the heads has a member that is not described', (one) => ({ ...one, verified: true })),
];

const HIDDEN_SIZE = canonicalJson({ key: 'data.size', subject: ERASED, withheld: true });

function newestHeads({ entries }: Bench['log']): number {
  return entries.findLastIndex(({ type }) => type === 'log.heads');
}

async function headsAt({ log }: Bench, entry: number, incident: string): Promise<string> {
  const all = chainHeads(log.entries.slice(0, entry));
  const index = all.findIndex((one) => one.incident === incident);
  const leaf = all[index];
  if (!leaf) throw new Error('the heads do not hold it');
  const tree = memoryTiles(all.map((one) => leafHash(chainHeadLeaf(one))));
  const document: HeadsDocument = {
    entry,
    index,
    leaf,
    proof: await inclusionProof(tree, all.length, index),
  };
  return formatHeads(document);
}

/** The export says two entries less than there were, the bundle shows as many, the heads know better. */
async function denied({ log }: Bench, without: readonly string[] = []): Promise<{ zip: Buffer }> {
  const incident = log.incidents[0] ?? '';
  const own = log.entries.flatMap((entry, i) => (entry.incident === incident ? [{ ...entry, i }] : []));
  const last = own.at(-3);
  if (!last) throw new Error('the incident is too short');
  const lie = {
    format: 'bundle',
    scope: 'incident',
    incident,
    seq: last.seq,
    head: last.hash.toString('hex'),
  };
  const lied = withJournalEntry(log, 'history.export', lie);
  const made = await testBundle(lied, { incident: 1 });
  for (const path of ['proofs/last.tlog-proof', ...without]) made.parts.delete(path);
  const gone = new Set(own.slice(-2).map(({ i }) => i));
  const lieAt = lied.entries.length - 1;
  const shown = [...shownIn(made).filter((index) => !gone.has(index)), lieAt].sort((a, b) => a - b);
  const less = await showing(made, shown);
  const { scope } = less.manifest;
  if (scope.kind !== 'incident') throw new Error('it is not of an incident');
  return withOpenings(less, lied, lieAt, {
    ...less.manifest,
    export: lieAt,
    scope: { ...scope, seq: last.seq },
  });
}

async function withOpenings(
  bundle: TestBundle,
  log: TestBundle['log'],
  index: number,
  manifest: TestBundle['manifest'],
): Promise<{ zip: Buffer }> {
  const line = canonicalJson({ index, openings: log.entries[index]?.openings as unknown as JsonObject[] });
  const text = bundle.parts.get('log/openings.jsonl')?.toString() ?? '';
  const lines = [...text.trimEnd().split('\n'), line];
  const at = (one: string): number => (JSON.parse(one) as { index: number }).index;
  setLines(
    bundle.parts,
    'log/openings.jsonl',
    lines.sort((a, b) => at(a) - at(b)),
  );
  return { zip: await signed({ ...bundle, manifest }) };
}
