/** What is shown beside the leaves: openings, evidence, playbooks, views. The tree holds, and so does its signature. */
import { readLeaf } from '@cordon/audit';
import { csvView } from '@cordon/exchange';
import { canonicalJson, type Json, type JsonObject } from '@cordon/kernel';
import { ERASED, JOURNAL_UID, linesIn, setLines, sha256, type Parts } from '../../support/bundle.js';
import {
  edited,
  findLeaf,
  leafAt,
  leaves,
  shownIn,
  showing,
  signed,
  typeOf,
  type Attack,
  type Base,
  type Bench,
  type Seen,
} from './bench.js';

const KEY = 'who has the bundle key';
const PATH = 'log/openings.jsonl';

interface Line {
  index: number;
  openings: JsonObject[];
}

const read = (parts: Parts): Line[] => linesIn(parts, PATH).map((line) => JSON.parse(line) as Line);
const write = (parts: Parts, lines: readonly Line[]): void =>
  setLines(
    parts,
    PATH,
    lines.map((line) => canonicalJson(line as unknown as Json)),
  );

/** The line of the first leaf with at least two open values, none of the journal. */
function pick({ parts }: Bench, from = 0): number {
  return read(parts).findIndex(
    ({ index, openings }, i) =>
      i >= from &&
      openings.length > 1 &&
      openings.every((one) => 'salt' in one) &&
      leafAt(parts, index)['incident'] !== JOURNAL_UID,
  );
}

/** Openings of one leaf are others. */
const opening = (
  name: string,
  code: string,
  change: (openings: JsonObject[], bench: Bench) => JsonObject[],
  path?: string,
): Attack => ({
  ...{ name, by: KEY, on: 'bare' },
  expect: (bench) => {
    const index = read(bench.parts)[pick(bench)]?.index ?? 0;
    // A line that is none at all belongs to no entry.
    if (path !== undefined) return { level: 4, code, path };
    return { level: 4, code, index, seq: Number(leafAt(bench.parts, index)['seq']) };
  },
  apply: async (bench) => {
    const [all, at] = [read(bench.parts), pick(bench)];
    const line = all[at];
    if (line) line.openings = change(line.openings, bench);
    write(bench.parts, all);
    return { zip: await signed(bench.bundle) };
  },
});

const openings = (
  name: string,
  expect: Seen,
  change: (lines: Line[], bench: Bench) => Line[],
  on: Base = 'bare',
): Attack => ({
  ...{ name, by: KEY, on, expect },
  apply: async (bench) => {
    write(bench.parts, change(read(bench.parts), bench));
    return { zip: await signed(bench.bundle) };
  },
});

const spelt = (name: string, change: (text: string) => string): Attack => ({
  ...{ name, by: KEY, on: 'bare', expect: { level: 4, code: 'E_OPENING', path: PATH } },
  apply: async (bench) => {
    const lines = linesIn(bench.parts, PATH);
    setLines(bench.parts, PATH, lines.with(20, change(lines[20] ?? '')));
    return { zip: await signed(bench.bundle) };
  },
});

/** Members other than the log's are changed. */
const member = (
  name: string,
  expect: Seen,
  change: (parts: Parts, bench: Bench) => void,
  on: Base = 'bare',
  python?: Attack['python'],
): Attack => ({
  ...{ name, by: KEY, on, expect },
  ...(python === undefined ? {} : { python }),
  apply: async (bench) => {
    change(bench.parts, bench);
    const attachments =
      attachmentsOf(bench.parts).length > 0 ? 'included' : bench.bundle.manifest.attachments;
    return { zip: await signed({ ...bench.bundle, manifest: { ...bench.bundle.manifest, attachments } }) };
  },
});

const first = (parts: Parts, prefix: string): string =>
  [...parts.keys()].find((path) => path.startsWith(prefix)) ?? '';
const attachmentsOf = (parts: Parts): readonly string[] =>
  [...parts.keys()].filter((path) => path.startsWith('attachments/'));

/** A file that the whole log names, and no entry of this bundle. */
function addForeign(parts: Parts, { of }: Bench): void {
  const all = of('bare').parts;
  const foreign = attachmentsOf(all).find((path) => !parts.has(path));
  const data = all.get(foreign ?? '');
  if (foreign === undefined || !data) throw new Error('the bundle has every file of the log');
  parts.set(foreign, data);
}
const ATTACHMENT: Seen = { level: 4, code: 'E_ATTACHMENT' };
const MACHINE: Seen = { level: 5, code: 'E_MACHINE' };
const machineOf = (parts: Parts): JsonObject =>
  JSON.parse(parts.get(first(parts, 'machines/'))?.toString() ?? '') as JsonObject;
const setMachine = (parts: Parts, change: (one: JsonObject) => JsonObject): void =>
  void parts.set(first(parts, 'machines/'), Buffer.from(canonicalJson(change(machineOf(parts)))));

export const openingAttacks: readonly Attack[] = [
  opening('a value is changed', 'E_OPENING', ([one, ...rest]) => [
    { ...one, value: 'nothing happened' },
    ...rest,
  ]),
  opening('a value is changed in the case of one letter', 'E_OPENING', ([one, ...rest]) => [
    { ...one, key: (one?.['key'] as string).replace('data.', 'data.X') },
    ...rest,
  ]),
  opening('the salt of a value is changed', 'E_OPENING', ([one, ...rest]) => [
    { ...one, salt: 'AAAAAAAAAAAAAAAAAAAAAA' },
    ...rest,
  ]),
  opening('two values of an entry change names', 'E_OPENING', ([a, b, ...rest]) => [
    { ...a, key: b?.['key'] ?? '' },
    { ...b, key: a?.['key'] ?? '' },
    ...rest,
  ]),
  opening('a value is left out', 'E_SUPPRESSED', (all) => all.slice(1)),
  opening('all values of an entry are left out', 'E_SUPPRESSED', () => []),
  opening('a value is shown twice in place of another', 'E_OPENING', ([one = {}, , ...rest]) => [
    one,
    one,
    ...rest,
  ]),
  opening('a value is added', 'E_OPENING', (all) => [
    ...all,
    { key: 'data.more', salt: 'AAAAAAAAAAAAAAAAAAAAAA', value: true },
  ]),
  opening('a value is withheld, of a person who was never erased', 'E_SUPPRESSED', ([one, ...rest]) => [
    { key: one?.['key'] ?? '', subject: 'person-1', withheld: true },
    ...rest,
  ]),
  opening('a value is withheld, of a person whose erasure was refused', 'E_SUPPRESSED', ([one, ...rest]) => [
    { key: one?.['key'] ?? '', subject: 'person-2', withheld: true },
    ...rest,
  ]),
  opening(
    'a value is withheld in the name of somebody who was erased, and whose it never was',
    'E_SUPPRESSED',
    ([one, ...rest]) => [{ key: one?.['key'] ?? '', subject: ERASED, withheld: true }, ...rest],
  ),
  opening("a value is shown as that of somebody, and was nobody's", 'E_OPENING', ([one, ...rest]) => [
    { ...one, subject: ERASED },
    ...rest,
  ]),
  openings(
    'the value that is withheld is given another name',
    { level: 4, code: 'E_SUPPRESSED' },
    (lines) => {
      const line = lines.find(({ openings: all }) => all.some((one) => 'withheld' in one));
      if (line)
        line.openings = line.openings.map((one) => ('withheld' in one ? { ...one, key: 'data.other' } : one));
      return lines;
    },
  ),
  opening('a value is withheld under the name of one that is shown', 'E_OPENING', ([a, , ...rest]) => [
    a ?? {},
    { key: a?.['key'] ?? '', subject: ERASED, withheld: true },
    ...rest,
  ]),
  opening(
    'a value is withheld without saying whose it was',
    'E_OPENING',
    ([one, ...rest]) => [{ key: one?.['key'] ?? '', withheld: true }, ...rest],
    PATH,
  ),
  opening(
    'a value is withheld and shown at once',
    'E_OPENING',
    ([one, ...rest]) => [{ ...one, withheld: true }, ...rest],
    PATH,
  ),
  openings('the values of two entries change places', { level: 4, code: 'E_OPENING' }, (lines, bench) => {
    const a = pick(bench);
    const size = lines[a]?.openings.length;
    const b = lines.findIndex(({ openings: all }, i) => i > a && all.length === size);
    const [x, y] = [lines[a], lines[b]];
    if (x && y) [x.openings, y.openings] = [y.openings, x.openings];
    return lines;
  }),
  openings('the line of an entry is left out', { level: 4, code: 'E_SUPPRESSED' }, (lines) =>
    lines.toSpliced(20, 1),
  ),
  openings('the last lines are cut off', { level: 4, code: 'E_SUPPRESSED' }, (lines, { parts }) =>
    lines.filter(
      ({ index }) => index < leaves(parts).length - 10 || typeOf(leafAt(parts, index)) === 'history.export',
    ),
  ),
  openings('a line stands there twice', { level: 4, code: 'E_OPENING', path: PATH }, (lines) =>
    lines.toSpliced(20, 0, lines[20] ?? { index: 0, openings: [] }),
  ),
  openings('two lines change places', { level: 4, code: 'E_SUPPRESSED' }, (lines) => {
    const [a, b] = [lines[20], lines[21]];
    return a && b ? lines.with(20, b).with(21, a) : lines;
  }),
  openings(
    'there is a line for a leaf that is not shown',
    { level: 4, code: 'E_OPENING', path: PATH },
    (lines, { bundle }) => {
      const hidden = bundle.log.entries.findIndex((_, i) => !shownIn(bundle).includes(i));
      return [...lines, { index: hidden, openings: [] }].sort((a, b) => a.index - b.index);
    },
    'bare incident',
  ),
  openings(
    'there is a line for a leaf behind the end',
    { level: 4, code: 'E_OPENING', path: PATH },
    (lines) => [...lines, { index: 5000, openings: [] }],
  ),
  openings(
    'there are values for an entry that commits to none',
    { level: 4, code: 'E_OPENING' },
    (lines, { parts }) => {
      const index = findLeaf(parts, (one) => one['sd'] === undefined);
      return [
        ...lines,
        { index, openings: [{ key: 'note', salt: 'AAAAAAAAAAAAAAAAAAAAAA', value: 'x' }] },
      ].sort((a, b) => a.index - b.index);
    },
  ),
  {
    ...{ name: 'the erasure that covers withheld values is hidden', by: KEY, on: 'bare incident' },
    expect: { level: 4, code: 'E_SUPPRESSED' },
    apply: hiddenErasure,
  },
  spelt('a line of the openings is not canonical', (line) => line.replace(',', ', ')),
  spelt('a line of the openings has a member twice', (line) => line.replace('{', '{"index":1,')),
  spelt('a line of the openings holds NaN', (line) => line.replace(/"index":\d+/, '"index":NaN')),
  spelt('a line of the openings is empty', () => ''),
  spelt('a line of the openings names no leaf', (line) => line.replace(/"index":\d+,/, '')),
  spelt('a line of the openings is nested a hundred thousand deep', (line) =>
    line.replace('"openings":', `"openings":[${'['.repeat(100_000)}${']'.repeat(100_000)}],"x":`),
  ),
  {
    ...{
      name: 'a line of the openings is longer than 16 MiB',
      by: KEY,
      on: 'bare',
      expect: { level: 1, code: 'E_LIMIT' },
    },
    apply: async ({ bundle, parts }) => {
      edited(parts, PATH, (text) => `${text}{"index":1,"openings":"${'x'.repeat(17 * 2 ** 20)}"}\n`);
      return { zip: await signed(bundle) };
    },
  },
  {
    ...{
      name: 'the last line of the openings has no line feed',
      by: KEY,
      on: 'bare',
      expect: { level: 2, code: 'E_COMPLETENESS' },
    },
    apply: async ({ bundle, parts }) => {
      edited(parts, PATH, (text) => text.slice(0, -1));
      return { zip: await signed(bundle) };
    },
  },
];

async function hiddenErasure({ bundle }: Bench): Promise<{ zip: Buffer }> {
  const erasure = bundle.log.entries.findLastIndex(({ type }) => type === 'person.erase');
  return {
    zip: await signed(
      await showing(
        bundle,
        shownIn(bundle).filter((index) => index !== erasure),
      ),
    ),
  };
}

/** The table of the history, as the true writer writes it from what the bundle shows. */
export async function withView({ bundle, parts, log: _ }: Bench): Promise<string> {
  const records = bundle.log.entries.map(({ leaf, hash, openings: all }, index) => ({
    ...{ index, hash: hash.toString('hex'), leaf: readLeaf(leaf) },
    openings: all.map((one) =>
      one.subject === undefined ? one : { key: one.key, subject: one.subject, withheld: true as const },
    ),
  }));
  async function* each() {
    for (const record of records) yield await Promise.resolve(record);
  }
  let text = '';
  const { origin, checkpoint } = bundle.manifest;
  for await (const chunk of csvView.write(() => each(), { origin, size: checkpoint.size })) text += chunk;
  parts.set(csvView.path, Buffer.from(text));
  return text;
}

const view = (name: string, change: (text: string) => string): Attack => ({
  ...{
    name,
    by: KEY,
    on: 'bare',
    expect: { level: 4, code: 'E_VIEW', path: csvView.path },
    python: 'not seen',
  },
  apply: async (bench) => {
    bench.parts.set(csvView.path, Buffer.from(change(await withView(bench))));
    return { zip: await signed(bench.bundle) };
  },
});

export const viewAttacks: readonly Attack[] = [
  view('a cell of the table is changed', (text) => text.replace('transition', 'rejection')),
  view('a row of the table is left out', (text) => text.split('\n').toSpliced(5, 1).join('\n')),
  view('the table says nothing', () => ''),
];

export const fileAttacks: readonly Attack[] = [
  member('an evidence file is replaced', ATTACHMENT, (parts) =>
    edited(parts, first(parts, 'attachments/'), () => 'harmless\n'),
  ),
  member(
    'an evidence file is missing',
    ATTACHMENT,
    (parts) => void parts.delete(first(parts, 'attachments/')),
  ),
  member('an evidence file that no entry names is added', ATTACHMENT, (parts) => {
    const data = Buffer.from('hello world\n');
    parts.set(`attachments/${sha256(data)}`, data);
  }),
  member('the evidence files of two incidents change places in a bundle of the log', ATTACHMENT, (parts) => {
    const [a = '', b = ''] = attachmentsOf(parts);
    const [one, other] = [parts.get(a), parts.get(b)];
    if (!one || !other) throw new Error('the log names files of two incidents');
    parts.set(a, other).set(b, one);
  }),
  member(
    'of the evidence files of two incidents, that of the second is missing in a bundle of the log',
    ATTACHMENT,
    (parts) => void parts.delete(attachmentsOf(parts)[1] ?? ''),
  ),
  member(
    'an evidence file that only entries outside the range of a bundle of the log name is added',
    ATTACHMENT,
    (parts, bench) => addForeign(parts, bench),
    'part',
  ),
  member(
    'an evidence file of another incident is added to the bundle of one',
    ATTACHMENT,
    (parts, bench) => addForeign(parts, bench),
    'bare incident',
  ),
  {
    ...{
      name: 'the manifest says that there are no attachments, and entries name some',
      by: KEY,
      on: 'bare',
      expect: ATTACHMENT,
    },
    apply: async ({ bundle, parts }) => {
      for (const path of [...parts.keys()].filter((one) => one.startsWith('attachments/')))
        parts.delete(path);
      return { zip: await signed({ ...bundle, manifest: { ...bundle.manifest, attachments: 'none' } }) };
    },
  },
  {
    ...{
      name: 'the manifest says that attachments were left out, and there is one',
      by: KEY,
      on: 'bare',
      expect: ATTACHMENT,
    },
    apply: async ({ bundle }) => ({
      zip: await signed({ ...bundle, manifest: { ...bundle.manifest, attachments: 'left out' } }),
    }),
  },
  member('the source of a playbook is changed under its old name', MACHINE, (parts) =>
    setMachine(parts, (one) => ({ ...one, source: `${one['source'] as string}# \n` })),
  ),
  member('a playbook is put in the place of another', MACHINE, (parts) => {
    const [a, b] = [...parts.keys()].filter((path) => path.startsWith('machines/'));
    parts.set(a ?? '', parts.get(b ?? '') ?? Buffer.alloc(0));
  }),
  member('a playbook names another digest than the member', MACHINE, (parts) =>
    setMachine(parts, (one) => ({ ...one, digest: '0'.repeat(64) })),
  ),
  member(
    'the playbook that decided is missing',
    MACHINE,
    (parts) => void parts.delete(first(parts, 'machines/')),
  ),
  member(
    'a playbook is no JSON',
    MACHINE,
    (parts) => void edited(parts, first(parts, 'machines/'), (text) => text.slice(1)),
  ),
];
