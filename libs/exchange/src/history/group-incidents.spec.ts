import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { groupedByIncident, type GroupText } from './group-incidents.js';
import type { HistoryRecord } from './record.js';

const TEXT: GroupText = {
  begin: ({ leaf }) => `<${leaf.incident}`,
  record: ({ index }) => ` ${index}`,
  end: '>',
};

/** Records of the incidents named by these letters, one each; a dot is an entry of the journal. */
function recordsOf(incidents: string): readonly HistoryRecord[] {
  return [...incidents].map((incident, index) => ({
    index,
    hash: '',
    openings: [],
    leaf: {
      ...{ v: 1, kind: 'transition', log: 'log', incident, seq: 1, revision: 1, prev: '' },
      ...{ at: '', occurredAt: '', actor: { id: 'ann', type: 'person', roles: [] } },
      ...{ event: { type: 'x' }, from: null, to: null },
      ...(incident === '.' ? {} : { machine: 'sha256:00' }),
    },
  }));
}

async function grouped(incidents: string, bufferChars?: number): Promise<{ text: string; readings: number }> {
  const list = recordsOf(incidents);
  let readings = 0;
  const records = async function* (): AsyncGenerator<HistoryRecord> {
    readings += 1;
    for (const record of list) yield await Promise.resolve(record);
  };
  const parts: string[] = [];
  for await (const part of groupedByIncident(records, TEXT, bufferChars)) parts.push(part);
  return { text: parts.join(''), readings };
}

test('what lies across each other is written one after the other, without the journal', async () => {
  expect(await grouped('ab.acb.cab')).toEqual({ text: '<a 0 3 8><c 4 7><b 1 5 9>', readings: 2 });
  expect(await grouped('...')).toEqual({ text: '', readings: 1 });
});

test('one incident is read twice and never held', async () => {
  expect(await grouped('aaaa', 0)).toEqual({ text: '<a 0 1 2 3>', readings: 2 });
});

test('what does not fit into the buffer waits for another reading', async () => {
  expect(await grouped('abcabc', 0)).toEqual({ text: '<a 0 3><b 1 4><c 2 5>', readings: 4 });
});

test('whatever the order and the buffer, each incident is written once, whole and in order', async () => {
  const letters = fc.array(fc.constantFrom('a', 'b', 'c', 'd', '.'), { maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(letters, fc.nat({ max: 60 }), async (list, bufferChars) => {
      const incidents = list.join('');
      const { text, readings } = await grouped(incidents, bufferChars);
      const names = [...new Set(list)].filter((name) => name !== '.');
      const groups = [...text.matchAll(/<(\w)((?: \d+)*)>/g)];
      expect(groups.map(([whole]) => whole).join('')).toBe(text);
      expect(groups.map(([, name]) => name).sort()).toEqual([...names].sort());
      for (const [, name, places] of groups)
        expect(places?.trim().split(' ').map(Number)).toEqual(
          list.flatMap((one, index) => (one === name ? [index] : [])),
        );
      expect(readings).toBeLessThanOrEqual(1 + names.length);
    }),
    { numRuns: 500 },
  );
});
