/**
 * The views of a bundle: a real history, with texts that break careless writers, goes through each of them and is held
 * to the format's own schema, and to what the leaves say.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import {
  cloudEventsView,
  csvView,
  historyViews,
  ocelView,
  ocsfView,
  xesView,
  type HistoryRecord,
  type HistoryView,
} from '@cordon/exchange';
import { ERASED, jsonLines, jsonSchema, toldLog, writtenView, type Valid } from '../support/told-log.js';

const SCHEMAS = 'test/fixtures/schemas';

let records: readonly HistoryRecord[];

beforeAll(async () => {
  records = await toldLog();
}, 120_000);

const written = (view: HistoryView, from = records): Promise<string> => writtenView(view, from);
const schema = (name: string): Valid => jsonSchema(join(SCHEMAS, name));

/** RFC 4180, read strictly: a quote stands only around a cell or doubled inside one. */
function csvRows(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  for (cell.lastIndex = 1; cell.lastIndex < text.length;) {
    const at = cell.lastIndex;
    const found = cell.exec(text);
    if (!found) throw new Error(`no cell at ${at}: ${text.slice(at, at + 40)}`);
    row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
    if (found[3] === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

test('the same records give the same bytes, in every view', async () => {
  expect(historyViews.map(({ path }) => path)).toEqual([
    'views/cloudevents.jsonl',
    'views/events.ocel.json',
    'views/events.xes',
    'views/ocsf.jsonl',
    'views/transitions.csv',
  ]);
  for (const view of historyViews) expect(await written(view)).toBe(await written(view));
});

test('an empty history is a file of the format', async () => {
  expect(await written(csvView, [])).toMatch(/^\uFEFF"leaf_index",[^\n]*\r\n$/);
  expect(JSON.parse(await written(ocelView, []))).toEqual({
    objectTypes: [],
    eventTypes: [],
    objects: [],
    events: [],
  });
  expect(await written(xesView, [])).toMatch(/<\/log>\n$/);
  expect((await written(ocsfView, [])) + (await written(cloudEventsView, []))).toBe('');
});

test('no view says who was erased', async () => {
  for (const view of historyViews) expect(await written(view)).not.toContain(ERASED);
});

describe('CSV', () => {
  test('has a row for each entry, and no cell that a spreadsheet takes for a formula', async () => {
    const [names = [], ...cells] = csvRows(await written(csvView));
    const rows = cells.map((row) => Object.fromEntries(row.map((cell, i) => [names[i], cell])));
    for (const row of cells) expect(row).toHaveLength(names.length);
    expect(rows.map(({ leaf_index }) => Number(leaf_index))).toEqual(records.map(({ index }) => index));
    expect(rows.map(({ leaf_hash }) => leaf_hash)).toEqual(records.map(({ hash }) => hash));
    for (const cell of rows.flatMap((row) => Object.values(row)))
      // eslint-disable-next-line no-control-regex -- they are what must not be there
      expect(cell).not.toMatch(/^[\s\p{C}]*[=+\-@%|＝＋－＠]|^[\t\r\n]|[\0-\x08\x0b\x0c\x0e-\x1f]/u);
    expect(rows.some(({ withheld }) => withheld === 'note')).toBe(true);
    expect(rows.some(({ note }) => note?.startsWith("'=HYPERLINK(") === true)).toBe(true);
  });
});

describe('CloudEvents', () => {
  test('every line fits the schema, and their sequence sorts as text', async () => {
    const valid = schema('cloudevents-1.0.2.schema.json');
    const events = jsonLines(await written(cloudEventsView));
    for (const event of events) expect([valid(event), valid.errors]).toEqual([true, null]);
    expect(valid({ ...events[0], leafHash: 'a name that no attribute may have' })).toBe(false);
    const sequence = events.map((event) => String(event.sequence));
    expect([...sequence].sort()).toEqual(sequence);
    expect(new Set(events.map(({ id }) => id)).size).toBe(records.length);
  });
});

describe('OCSF', () => {
  test('every line fits its class of OCSF 1.8.0', async () => {
    const valid = schema('ocsf-1.8.0.schema.json');
    const events = jsonLines(await written(ocsfView));
    for (const event of events) {
      const ok = valid(event);
      expect([event.message, ok, ok ? null : valid.errors?.slice(0, 3)]).toEqual([event.message, true, null]);
    }
    const { profiles: _profiles, ...metadata } = events[0]?.metadata as Record<string, unknown>;
    for (const broken of [
      ...[
        { type_uid: 200_502 },
        { severity_id: 7 },
        { severity_id: 99 },
        { actor: { user: {} } },
        { metadata },
      ],
    ])
      expect(valid({ ...events[0], ...broken })).toBe(false);
    expect(new Set(events.map(({ class_uid }) => class_uid))).toEqual(
      new Set([2005, 3001, 3002, 3004, 6003]),
    );
    expect(events.map(({ metadata }) => (metadata as { sequence: number }).sequence)).toEqual(
      records.map(({ index }) => index),
    );
  });

  test('an incident opens, goes on, closes, and what was refused is a call that failed', async () => {
    const events = jsonLines(await written(ocsfView));
    const of = (type: string): Record<string, unknown> | undefined =>
      events.find(({ metadata }) => (metadata as { event_code: string }).event_code === type);
    expect(of('incident.opened')).toMatchObject({ type_uid: 200_501, status_id: 1, severity_id: 4 });
    expect(of('incident.close')).toMatchObject({ type_uid: 200_503, status_id: 5 });
    expect(of('incident.reopen')).toMatchObject({ type_uid: 200_502, status_id: 2 });
    const refused = events.filter(({ class_uid, status_id }) => class_uid === 6003 && status_id === 2);
    expect(refused.length).toBe(records.filter(({ leaf }) => leaf.kind === 'rejection').length - 1);
  });

  test('a severity that only the playbook knows keeps its name', async () => {
    const severe = records.map((record) => ({
      ...record,
      openings: record.openings.map((one) =>
        one.key === 'data.severity' ? { ...one, value: 'apocalyptic' } : one,
      ),
    }));
    const events = jsonLines(await written(ocsfView, severe)).filter(({ class_uid }) => class_uid === 2005);
    const valid = schema('ocsf-1.8.0.schema.json');
    expect(events.length).toBeGreaterThan(0);
    for (const event of events) {
      expect(event).toMatchObject({ severity_id: 99, severity: 'apocalyptic' });
      expect([valid(event), valid.errors]).toEqual([true, null]);
    }
  });
});

describe('OCEL 2.0', () => {
  test('an attribute has one value at a time, the one that was said last', async () => {
    const noon = '2026-03-24T12:00:00.000Z';
    const moved = new Set(['incident.close', 'incident.reopen']);
    const hasty = records.map((record) =>
      moved.has(record.leaf.event.type) ? { ...record, leaf: { ...record.leaf, occurredAt: noon } } : record,
    );
    const statuses = async (from: readonly HistoryRecord[]): Promise<(readonly unknown[])[]> =>
      (JSON.parse(await written(ocelView, from)) as Ocel).objects
        .filter(({ type }) => type === 'incident')
        .map(({ attributes = [] }) => attributes.filter(({ name }) => name === 'status'));
    expect((await statuses(records)).map(({ length }) => length)).toContain(4);
    for (const list of await statuses(hasty))
      expect(list.slice(1)).toEqual([{ name: 'status', value: 'closed', time: noon }]);
  });

  test('fits the schema, and all that is referred to is there', async () => {
    const valid = schema('ocel-2.0.schema.json');
    const log = JSON.parse(await written(ocelView)) as Ocel;
    expect([valid(log), valid.errors]).toEqual([true, null]);
    expect(valid({ ...log, events: [{ ...log.events[0], attributes: [{ name: 'seq', value: 1 }] }] })).toBe(
      false,
    );
    const types = new Map(
      [...log.objectTypes, ...log.eventTypes].map(({ name, attributes }) => [name, attributes]),
    );
    expect(types.size).toBe(log.objectTypes.length + log.eventTypes.length);
    const ids = new Set(log.objects.map(({ id }) => id));
    expect(ids.size).toBe(log.objects.length);
    expect(log.events).toHaveLength(records.length);
    for (const { type, attributes = [], relationships = [] } of [...log.objects, ...log.events]) {
      const known = new Set(types.get(type)?.map(({ name }) => name));
      for (const { name } of attributes) expect(known).toContain(name);
      for (const { objectId } of relationships) expect(ids).toContain(objectId);
    }
    expect(log.objectTypes.map(({ name }) => name)).toEqual(['incident', 'step', 'system', 'person']);
    const incident = log.objects.find(({ type }) => type === 'incident');
    expect(incident?.attributes?.filter(({ name }) => name === 'status').map(({ value }) => value)).toEqual([
      'open',
      'closed',
      'open',
      'closed',
    ]);
  });
});

interface Ocel {
  readonly objectTypes: readonly OcelType[];
  readonly eventTypes: readonly OcelType[];
  readonly objects: readonly OcelThing[];
  readonly events: readonly OcelThing[];
}
interface OcelType {
  readonly name: string;
  readonly attributes: readonly { readonly name: string }[];
}
interface OcelThing {
  readonly id: string;
  readonly type: string;
  readonly attributes?: readonly { readonly name: string; readonly value: string }[];
  readonly relationships?: readonly { readonly objectId: string }[];
}

describe('XES', () => {
  test('has a trace for each incident with its entries in order, and nothing of the journal', async () => {
    const xes = await written(xesView);
    const traces = xes.split('<trace>').slice(1);
    const incidents = [
      ...new Set(records.filter(({ leaf }) => leaf.machine).map(({ leaf }) => leaf.incident)),
    ];
    expect(traces).toHaveLength(incidents.length);
    for (const incident of incidents) {
      const trace = traces.find((text) => text.includes(`<string key="concept:name" value="${incident}"/>`));
      const places = [...(trace ?? '').matchAll(/key="leaf_index" value="(\d+)"/g)].map(([, place]) =>
        Number(place),
      );
      expect(places).toEqual(
        records.filter(({ leaf }) => leaf.incident === incident).map(({ index }) => index),
      );
    }
  });

  const xmllint = spawnSync('xmllint', ['--version']).error === undefined;
  (xmllint ? test : test.skip)('fits the grammar of IEEE 1849-2016, by xmllint', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'cordon-xes-'));
    try {
      const file = join(folder, 'events.xes');
      writeFileSync(file, await written(xesView));
      const args = ['--noout', '--nonet', '--schema', join(SCHEMAS, 'xes.xsd'), file];
      expect(execFileSync('xmllint', args, { stdio: 'pipe' }).toString()).toBe('');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
