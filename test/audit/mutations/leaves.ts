/** Leaves and chains, everything else made to fit with the true keys: only what the entries say gives it away. */
import { canonicalJson, type Json, type JsonObject } from '@cordon/kernel';
import { JOURNAL_UID } from '../../support/bundle.js';
import {
  findLeaf,
  hexHash,
  leafAt,
  leaves,
  rechained,
  resigned,
  resignedBytes,
  typeOf,
  withLeaf,
  withLines,
  type Attack,
  type Bench,
  type Seen,
} from './bench.js';

const BY = 'who has the log and bundle keys';
const LINE = 30;
const at2 = (code: string, index: number | undefined = LINE): Seen => ({
  level: 2,
  code,
  ...(index === undefined ? {} : { index }),
});

const leaf = (
  name: string,
  code: string,
  change: (leaf: JsonObject) => JsonObject,
  find?: (leaf: JsonObject) => boolean,
): Attack => ({
  ...{ name, by: BY, on: 'bare' },
  expect: ({ parts }) => {
    const line = find ? findLeaf(parts, find) : LINE;
    return {
      ...at2(code, line),
      ...(code === 'E_LEAF_FORMAT' || code === 'E_NONCANONICAL'
        ? {}
        : { seq: Number(change(leafAt(parts, line))['seq']) }),
    };
  },
  apply: (bench) => withLeaf(bench, find ? findLeaf(bench.parts, find) : LINE, change),
});

/** The text of a leaf is another; nothing behind it is made to fit, because nothing of it is hashed as it was. */
const text = (name: string, code: string, change: (line: string) => string): Attack => ({
  ...{ name, by: BY, on: 'bare', expect: at2(code) },
  apply: (bench) => withLines(bench, (lines) => lines.with(LINE, change(lines[LINE] ?? ''))),
});

const lines = (
  name: string,
  code: string,
  change: (lines: string[], bench: Bench) => string[],
  index?: number,
): Attack => ({
  ...{
    name,
    by: BY,
    on: 'bare',
    expect: { level: code === 'E_LIMIT' ? 1 : 2, code, ...(index === undefined ? {} : { index }) },
  },
  apply: (bench) => withLines(bench, (all) => change(all, bench)),
});

const isTransition = (one: JsonObject): boolean => one['kind'] === 'transition' && Number(one['seq']) > 6;
const raw = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
const without =
  (name: string) =>
  (one: JsonObject): JsonObject =>
    Object.fromEntries(Object.entries(one).filter(([key]) => key !== name));
const set =
  (name: string, value: Json) =>
  (one: JsonObject): JsonObject => ({ ...one, [name]: value });

const hasCommitments = (one: JsonObject): boolean => one['sd'] !== undefined;
const withPersonal =
  (subject: Json) =>
  (one: JsonObject): JsonObject => ({ ...one, pd: [[(one['sd'] as string[])[0] ?? '', 'note', subject]] });

export const formAttacks: readonly Attack[] = [
  leaf('a leaf is of another version', 'E_LEAF_FORMAT', set('v', 2)),
  leaf('a leaf has a kind that there is not', 'E_LEAF_FORMAT', set('kind', 'transition.late')),
  leaf('a leaf has a member that is not described', 'E_LEAF_FORMAT', set('approved', true)),
  leaf('a leaf lacks its machine', 'E_LEAF_FORMAT', without('machine'), isTransition),
  leaf('a leaf lacks its actor', 'E_LEAF_FORMAT', without('actor')),
  leaf('the actor of a leaf has a name in clear', 'E_LEAF_FORMAT', (one) => ({
    ...one,
    actor: { ...(one['actor'] as JsonObject), name: 'Mei' },
  })),
  leaf('the actor of a leaf is of an unknown type', 'E_LEAF_FORMAT', (one) => ({
    ...one,
    actor: { ...(one['actor'] as JsonObject), type: 'robot' },
  })),
  leaf('the event of a leaf has its data in clear', 'E_LEAF_FORMAT', (one) => ({
    ...one,
    event: { ...(one['event'] as JsonObject), data: {} },
  })),
  leaf(
    'a leaf that was refused does not say why',
    'E_LEAF_FORMAT',
    without('rejection'),
    (one) => one['kind'] === 'rejection',
  ),
  leaf(
    'an accepted event says why it was refused',
    'E_LEAF_FORMAT',
    set('rejection', 'forbidden'),
    isTransition,
  ),
  leaf('the number of a leaf is a text', 'E_LEAF_FORMAT', (one) => ({
    ...one,
    seq: `${one['seq'] as number}`,
  })),
  leaf('the number of a leaf is beyond 2^53', 'E_LEAF_FORMAT', set('seq', 2 ** 60)),
  leaf('the time of a leaf has no milliseconds', 'E_LEAF_FORMAT', set('at', '2026-03-24T02:00:01Z')),
  leaf('the time of a leaf has an offset', 'E_LEAF_FORMAT', set('at', '2026-03-24T02:00:01.000+08:00')),
  leaf(
    'the time of a leaf is a day that there is not',
    'E_LEAF_FORMAT',
    set('at', '2026-02-30T02:00:01.000Z'),
  ),
  leaf('the link of a leaf is in capitals', 'E_LEAF_FORMAT', (one) => ({
    ...one,
    prev: (one['prev'] as string).toUpperCase().replace(/^./, 'A'),
  })),
  leaf(
    'the commitments of a leaf are not sorted',
    'E_LEAF_FORMAT',
    (one) => ({ ...one, sd: [...(one['sd'] as string[])].reverse() }),
    (one) => ((one['sd'] as string[] | undefined)?.length ?? 0) > 1,
  ),
  leaf('the list of commitments is empty', 'E_LEAF_FORMAT', set('sd', [])),
  leaf(
    'personal data of a leaf is not committed to',
    'E_LEAF_FORMAT',
    set('pd', [['A'.repeat(43), 'note', 'p']]),
  ),
  leaf("personal data of a leaf is nobody's", 'E_LEAF_FORMAT', withPersonal(null), hasCommitments),
  leaf('the list of personal data is empty', 'E_LEAF_FORMAT', set('pd', [])),
  leaf(
    'an entry of the journal has a state',
    'E_LEAF_FORMAT',
    set('state', `sha256:${'0'.repeat(64)}`),
    (one) => one['kind'] === 'journal',
  ),
  text('a leaf is an empty line', 'E_LEAF_FORMAT', () => ''),
  text('a leaf is not JSON', 'E_LEAF_FORMAT', (line) => line.slice(0, -1)),
  text('a leaf is a list', 'E_LEAF_FORMAT', (line) => `[${line}]`),
  text('a leaf begins with a byte order mark', 'E_LEAF_FORMAT', (line) => `\ufeff${line}`),
  text('a leaf holds NaN', 'E_LEAF_FORMAT', (line) => line.replace(/"revision":\d+/, '"revision":NaN')),
  text('a leaf is nested ten thousand deep', 'E_LEAF_FORMAT', (line) =>
    line.replace(/"from":/, `"from":[${raw(10_000)}],"fram":`),
  ),
  text('a leaf is nested one deeper than is read', 'E_LEAF_FORMAT', (line) =>
    line.replace(/"from":.*?,"incident":/, `"from":${raw(256)},"incident":`),
  ),
  text('a leaf has a member twice, the first value being the signed one', 'E_NONCANONICAL', (line) =>
    line.replace('"v":1}', '"v":1,"v":1}'),
  ),
  text('a leaf has a member twice under two spellings', 'E_NONCANONICAL', (line) =>
    line.replace('"kind":', '"\\u006bind":"journal","kind":'),
  ),
  text('a leaf is written with spaces', 'E_NONCANONICAL', (line) => line.replace(':', ': ')),
  text('a leaf ends with CR', 'E_NONCANONICAL', (line) => `${line}\r`),
  text('the members of a leaf stand in another order', 'E_NONCANONICAL', (line) => {
    const one = JSON.parse(line) as JsonObject;
    return JSON.stringify(Object.fromEntries(Object.entries(one).reverse()));
  }),
  text('a letter of a leaf is written as an escape', 'E_NONCANONICAL', (line) =>
    line.replace('"log":"c', '"log":"\\u0063'),
  ),
  text('a slash of a leaf is escaped', 'E_NONCANONICAL', (line) =>
    line.replace('cordon-log/', 'cordon-log\\/'),
  ),
  text('a number of a leaf is written as 1e0', 'E_NONCANONICAL', (line) =>
    line.replace('"v":1}', '"v":1e0}'),
  ),
  text('a number of a leaf is written as 1.0', 'E_NONCANONICAL', (line) =>
    line.replace('"v":1}', '"v":1.0}'),
  ),
  text('a number of a leaf is minus zero', 'E_NONCANONICAL', (line) =>
    line.replace(/"revision":\d+/, '"revision":-0'),
  ),
  text('a number of a leaf has more digits than a double', 'E_NONCANONICAL', (line) =>
    line.replace(/"revision":\d+/, '"revision":9007199254740993'),
  ),
  text('a number of a leaf has five thousand digits', 'E_NONCANONICAL', (line) =>
    line.replace(/"revision":\d+/, `"revision":${'9'.repeat(5000)}`),
  ),
  text('a leaf holds half a character', 'E_NONCANONICAL', (line) =>
    line.replace('"log":"', '"log":"\\ud800'),
  ),
  lines('a leaf is longer than 65,535 bytes', 'E_LIMIT', (all) =>
    all.with(LINE, (all[LINE] ?? '').replace('"log":"', `"log":"${'x'.repeat(66_000)}`)),
  ),
  {
    ...{ name: 'a leaf is not UTF-8', by: BY, on: 'bare', expect: at2('E_LEAF_FORMAT') },
    apply: async (bench) => {
      const all = leaves(bench.parts).map((line) => Buffer.from(line));
      const bad = all[LINE];
      if (bad) bad[bad.indexOf('"log":"') + 8] = 0xff;
      return { zip: await resignedBytes(bench, all) };
    },
  },
];

export const chainAttacks: readonly Attack[] = [
  leaf('a leaf is of another log', 'E_FOREIGN_LEAF', set('log', 'cordon-log/another')),
  lines('an entry of an incident is left out, and the tree made without it', 'E_CHAIN_SEQ', (all) =>
    all.toSpliced(LINE, 1),
  ),
  {
    ...{
      name: 'an entry is left out, the numbers behind it closed up, the links not',
      by: BY,
      on: 'bare',
      expect: { level: 2, code: 'E_CHAIN_PREV' },
    },
    apply: (bench) =>
      withLines(bench, (all) => {
        const gone = JSON.parse(all[LINE] ?? '') as JsonObject;
        const down = (one: JsonObject): JsonObject => ({
          ...one,
          seq: Number(one['seq']) - 1,
          revision: Number(one['revision']) - 1,
        });
        return all.toSpliced(LINE, 1).map((line, i) => {
          const one = JSON.parse(line) as JsonObject;
          return i >= LINE && one['incident'] === gone['incident'] ? canonicalJson(down(one)) : line;
        });
      }),
  },
  leaf('an entry has the number of the one before it', 'E_CHAIN_SEQ', (one) => ({
    ...one,
    seq: Number(one['seq']) - 1,
  })),
  leaf('an entry skips a number', 'E_CHAIN_SEQ', (one) => ({ ...one, seq: Number(one['seq']) + 1 })),
  leaf('an entry skips a revision', 'E_CHAIN_SEQ', (one) => ({
    ...one,
    revision: Number(one['revision']) + 1,
  })),
  leaf('an entry links to another one', 'E_CHAIN_PREV', set('prev', '5'.repeat(64))),
  leaf(
    'the first entry of an incident links to nothing',
    'E_CHAIN_PREV',
    set('prev', '0'.repeat(64)),
    (one) => one['kind'] === 'opened',
  ),
  leaf(
    'the opening of an incident is called a transition',
    'E_CHAIN_SEQ',
    set('kind', 'transition'),
    (one) => one['kind'] === 'opened',
  ),
  leaf('an entry in the middle opens the incident again', 'E_CHAIN_SEQ', set('kind', 'opened'), isTransition),
  {
    ...{
      name: 'an entry of an incident says that it is of another one',
      by: BY,
      on: 'bare',
      expect: { level: 2, code: 'E_CHAIN_SEQ', index: LINE },
    },
    apply: (bench) => {
      const now = leafAt(bench.parts, LINE)['incident'];
      const other = bench.log.incidents.find((one) => one !== now) ?? '';
      return withLeaf(bench, LINE, set('incident', other));
    },
  },
  {
    ...{
      name: 'an entry of an incident is put into the journal',
      by: BY,
      on: 'bare',
      expect: { level: 2, code: 'E_FOREIGN_LEAF', index: LINE },
    },
    apply: (bench) => withLeaf(bench, LINE, set('incident', JOURNAL_UID)),
  },
  {
    ...{
      name: 'an entry of the journal is put into an incident',
      by: BY,
      on: 'bare',
      expect: { level: 2, code: 'E_FOREIGN_LEAF' },
    },
    apply: (bench) => {
      const line = findLeaf(bench.parts, (one) => typeOf(one) === 'log.heads');
      return withLeaf(bench, line, set('incident', bench.log.incidents[0] ?? ''));
    },
  },
  {
    ...{
      name: 'the journal is split into two',
      by: BY,
      on: 'bare',
      expect: { level: 2, code: 'E_FOREIGN_LEAF' },
    },
    apply: (bench) => {
      const line = findLeaf(bench.parts, (one) => typeOf(one) === 'log.heads');
      return withLeaf(bench, line, (one) => ({
        ...one,
        incident: '0198c0de-0000-7000-8000-00000000ffff',
        seq: 1,
        revision: 1,
        prev: hexHash('0198c0de-0000-7000-8000-00000000ffff'),
      }));
    },
  },
  lines(
    'an entry is put twice into the chain',
    'E_CHAIN_SEQ',
    (all) => all.toSpliced(LINE + 1, 0, all[LINE] ?? ''),
    LINE + 1,
  ),
  lines(
    'two entries of one chain change places',
    'E_CHAIN_SEQ',
    (all) => {
      const incident = (JSON.parse(all[LINE] ?? '') as JsonObject)['incident'];
      const next = all.findIndex(
        (line, i) => i > LINE && (JSON.parse(line) as JsonObject)['incident'] === incident,
      );
      const [a = '', b = ''] = [all[LINE], all[next]];
      return all.with(LINE, b).with(next, a);
    },
    LINE,
  ),
  {
    ...{
      name: 'something is done after the end of an incident',
      by: BY,
      on: 'bare',
      expect: { level: 2, code: 'E_CHAIN_SEQ', index: LINE + 1 },
    },
    apply: async (bench) => {
      const { parts, bundle } = bench;
      const closing = leafAt(parts, LINE);
      rechained(parts, LINE, (one) => ({ ...one, event: { type: 'incident.close' }, to: 'closed' }));
      const all = leaves(parts);
      const end = all[LINE] ?? '';
      const move = canonicalJson({
        ...(JSON.parse(end) as JsonObject),
        event: { type: 'step.complete', step: 'x' },
        from: 'closed',
        to: closing['to'] ?? null,
        prev: hexHash(end),
        seq: Number(closing['seq']) + 1,
        revision: Number(closing['revision']) + 1,
      });
      parts.set(
        'log/entries.jsonl',
        Buffer.from(
          all
            .toSpliced(LINE + 1, 0, move)
            .map((one) => `${one}\n`)
            .join(''),
        ),
      );
      return { zip: await resigned(bundle) };
    },
  },
];
