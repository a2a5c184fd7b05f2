import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { csvView, guardedText } from './csv.js';
import type { HistoryRecord } from './record.js';

const DANGEROUS = [
  ...['=1+1', '+1', '-1+cmd', '@SUM(A1)', '%0A', '|calc'],
  ...['\t=1', '\r=1', '\n=1', '\0=1', ' =1', '   @x', '\u00a0=1', '\u3000=1', '\u200b=1', '\ufeff=1'],
  ...['\u0001\u0002=1', '\uff1d1', '\uff0b1', '\uff0d1', '\uff20x', '\tplain', '\nplain', '\0plain'],
];

test.each(DANGEROUS)('%j does not start a formula', (text) => {
  expect(guardedText(text).startsWith("'")).toBe(true);
});

test.each(['plain', '1-2', 'a=b', "'quoted", '{"a":"=1"}', '應變 = 1', ''])('%j stays as it is', (text) => {
  expect(guardedText(text)).toBe(text);
});

test('whatever is typed, the cell is read back as it was but for controls, and is no formula', async () => {
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (note) => {
      const cell = await noteCell(note);
      // eslint-disable-next-line no-control-regex -- they are what is taken out
      const clean = note.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/g, '');
      expect([clean, `'${clean}`]).toContain(cell);
      expect(cell).not.toMatch(/^[\s\p{C}]*[=+\-@%|＝＋－＠]/u);
    }),
    { numRuns: 500 },
  );
});

/** The cell of the note, read as RFC 4180 says: it is the only one that holds what was typed. */
async function noteCell(note: string): Promise<string> {
  const parts: string[] = [];
  const records = async function* (): AsyncGenerator<HistoryRecord> {
    yield await Promise.resolve(recordWith(note));
  };
  for await (const part of csvView.write(records, { origin: 'log', size: 1 })) parts.push(part);
  const row = parts[1] ?? '';
  const cells = [...row.matchAll(/(?:"((?:[^"]|"")*)"|(\d+))(?:,|\r\n$)/g)];
  expect(cells.map(([whole]) => whole).join('')).toBe(row);
  expect(cells).toHaveLength((parts[0] ?? '').split(',').length);
  return (cells[15]?.[1] ?? '').replaceAll('""', '"');
}

function recordWith(note: string): HistoryRecord {
  return {
    index: 0,
    hash: '00'.repeat(32),
    leaf: {
      ...{ v: 1, kind: 'transition', log: 'log', incident: 'i', seq: 1, revision: 1, prev: '' },
      ...{ at: '2026-03-24T02:00:00.000Z', occurredAt: '2026-03-24T02:00:00.000Z' },
      ...{ actor: { id: 'ann', type: 'person', roles: [] }, event: { type: 'note.add' }, from: 'a', to: 'a' },
      machine: 'sha256:00',
    },
    openings: [{ key: 'note', salt: 's', value: note }],
  };
}
