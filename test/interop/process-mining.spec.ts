/**
 * Our logs before pm4js, a process-mining library of others: it loads them, and finds in them what the history says.
 * It reads XES as it is, but for `int` and `id`. Of object-centric logs it knows only OCEL 1.0, so that ours is put into
 * that form first: its objects, events and what they have to do with each other are held to the history, while no
 * reader of others has seen the 2.0 file itself.
 */
import { afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { ocelView, xesView, type HistoryRecord } from '@cordon/exchange';
import 'pm4js/pm4js/utils/generic/business_hours.js';
import discovery from 'pm4js/pm4js/algo/discovery/dfg/algorithm.js';
import xesImporter from 'pm4js/pm4js/objects/log/importer/xes/importer.js';
import ocelImporter, { type MinedOcel } from 'pm4js/pm4js/objects/ocel/importer/jsonocel/importer.js';
import flattening from 'pm4js/pm4js/objects/ocel/util/flattening.js';
import statistics from 'pm4js/pm4js/statistics/ocel/general.js';
import { toldLog, writtenView } from '../support/told-log.js';
import { casesBy, countBy, directlyFollows, happening, type Happening } from './own-counts.js';

const { FrequencyDfgDiscovery, PerformanceDfgDiscovery } = discovery;
const { XesImporter } = xesImporter;
const { JsonOcelImporter } = ocelImporter;
const { OcelFlattening } = flattening;
const { GeneralOcelStatistics } = statistics;

let records: readonly HistoryRecord[];
let xes: string;
let ocel: Ocel2;

beforeAll(async () => {
  records = await toldLog();
  xes = await writtenView(xesView, records);
  ocel = JSON.parse(await writtenView(ocelView, records)) as Ocel2;
}, 120_000);

afterEach(() => {
  jest.restoreAllMocks();
});

const isOfIncident = ({ leaf }: HistoryRecord): boolean => leaf.machine !== undefined;
const incidentOf = (record: HistoryRecord): string | undefined =>
  isOfIncident(record) ? record.leaf.incident : undefined;

/** What is still open of a record, by key. */
function openOf({ openings }: HistoryRecord): Readonly<Record<string, unknown>> {
  return Object.fromEntries(openings.flatMap((one) => ('value' in one ? [[one.key, one.value]] : [])));
}

function dataOf(record: HistoryRecord): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(openOf(record)).flatMap(([key, value]) =>
      key.startsWith('data.') ? [[key.slice('data.'.length), value]] : [],
    ),
  );
}

const valuesOf = (attributes: MinedAttributes): Record<string, unknown> =>
  Object.fromEntries(Object.entries(attributes).map(([key, { value }]) => [key, value]));

describe('XES in pm4js', () => {
  test('the log says what it is, and every incident is a trace with what it was opened with', () => {
    const log = XesImporter.apply(xes);
    expect(valuesOf(log.attributes)).toEqual({
      'concept:name': 'cordon-log/test',
      'lifecycle:model': 'standard',
    });
    expect(Object.values(log.extensions).map(([prefix]) => prefix)).toEqual([
      ...['concept', 'identity', 'lifecycle', 'org', 'time'],
    ]);
    expect(Object.keys(log.globals)).toEqual(['trace', 'event']);
    const opened = records.filter(({ leaf }) => leaf.kind === 'opened');
    expect(opened.length).toBe(2);
    const traces = opened.map((record) => {
      const { title, severity, exercise } = dataOf(record);
      return {
        'concept:name': record.leaf.incident,
        ...{ title, severity, exercise: String(exercise), machine: record.leaf.machine },
      };
    });
    expect(log.traces.map(({ attributes }) => valuesOf(attributes))).toEqual(traces);
  });

  test('each event has the names, times and texts of its entry', () => {
    const read = XesImporter.apply(xes).traces.flatMap(({ events }) =>
      events.map(({ attributes }) => valuesOf(attributes)),
    );
    const written = records.filter(isOfIncident);
    const byHash = new Map(read.map((event) => [event.leaf_hash, event]));
    expect([read.length, byHash.size]).toEqual([written.length, written.length]);
    for (const record of written) {
      const { leaf, hash, openings } = record;
      const { data, rejection_details: details, lapsed, ...event } = byHash.get(hash) ?? {};
      const open = openOf(record);
      expect(event).toMatchObject({
        'time:timestamp': new Date(leaf.occurredAt),
        recorded_at: new Date(leaf.at),
        'org:resource': leaf.actor.id,
        ...(leaf.actor.roles.length > 0 ? { 'org:role': leaf.actor.roles.join(' ') } : {}),
        ...{ actor_type: leaf.actor.type, event_type: leaf.event.type, kind: leaf.kind },
        ...{ entry: `${leaf.incident}/${leaf.seq}`, machine: leaf.machine },
      });
      expect([event.step, event.note, event.rejection]).toEqual([
        ...[leaf.event.step, open.note, leaf.rejection],
      ]);
      expect([event.system, event.system_from, event.system_to]).toEqual([
        ...[leaf.system?.id, leaf.system?.from, leaf.system?.to],
      ]);
      expect(parsed(data) ?? {}).toEqual(dataOf(record));
      expect([parsed(details), parsed(lapsed)]).toEqual([open.rejection, open.lapsed]);
      expect(event.withheld).toBe(openings.find((one) => !('value' in one))?.key);
    }
    expect(
      written.some((record) => String(openOf(record).note).includes('\n@SUM(1,2)\r\nsecond, "quoted"')),
    ).toBe(true);
  });

  test('its directly-follows graph counts what the history counts, and the seconds between', () => {
    const log = XesImporter.apply(xes);
    const { seconds, ...counted } = directlyFollows(casesBy(records, incidentOf).values());
    expect(FrequencyDfgDiscovery.apply(log, 'event_type')).toEqual(counted);
    expect(Object.keys(counted.pathsFrequency).length).toBeGreaterThan(30);
    const { pathsPerformance } = PerformanceDfgDiscovery.apply(log, 'event_type', 'time:timestamp', 'sum');
    expect(Object.keys(pathsPerformance).sort()).toEqual(Object.keys(seconds).sort());
    for (const [path, sum] of Object.entries(seconds)) expect(pathsPerformance[path]).toBeCloseTo(sum, 6);
  });

  test('by activity, a step that is worked on is its own, and what was refused is not mixed in with it', () => {
    const { activities } = FrequencyDfgDiscovery.apply(XesImporter.apply(xes));
    const worked = /^step\.(start|complete|skip|fail|problem|reopen)$/;
    const steps = records.flatMap(({ leaf }) =>
      leaf.kind === 'transition' && worked.test(leaf.event.type) ? (leaf.event.step ?? []) : [],
    );
    expect(steps.length).toBeGreaterThan(50);
    expect(activities).toMatchObject(countBy(steps, (step) => step));
    const refused = Object.entries(activities).filter(([name]) => name.startsWith('refused: '));
    expect(refused.reduce((sum, [, count]) => sum + count, 0)).toBe(
      records.filter((record) => isOfIncident(record) && record.leaf.kind === 'rejection').length,
    );
    expect(Object.keys(activities).filter((name) => name.includes(','))).toEqual([]);
  });

  test('a file that is cut off, or lacks an end tag, is refused; one that lacks an event gives another graph', () => {
    jest.spyOn(console, 'error').mockImplementation(() => undefined);
    for (const damaged of [xes.slice(0, -20), xes.replace('</event>', ''), `${xes}<log/>`])
      expect(() => XesImporter.apply(damaged)).toThrow();
    const lacking = XesImporter.apply(xes.replace(/ {4}<event>[^]*?<\/event>\n/, ''));
    const { seconds: _seconds, ...counted } = directlyFollows(casesBy(records, incidentOf).values());
    expect(FrequencyDfgDiscovery.apply(lacking, 'event_type')).not.toEqual(counted);
  });
});

const parsed = (text: unknown): unknown => (typeof text === 'string' ? asJson(text) : undefined);

/** Texts are written as they are, anything else as JSON. */
function asJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

interface Ocel2 {
  readonly objects: readonly (Ocel2Thing & { readonly relationships: readonly Ocel2Relation[] })[];
  readonly events: readonly (Ocel2Thing & {
    readonly time: string;
    readonly relationships: readonly Ocel2Relation[];
  })[];
}
interface Ocel2Thing {
  readonly id: string;
  readonly type: string;
  readonly attributes: readonly { readonly name: string; readonly value: string }[];
}
interface Ocel2Relation {
  readonly objectId: string;
  readonly qualifier: string;
}

/** What OCEL 1.0 can say of it: no qualifiers, no relations among objects, of each attribute the last value. */
function loaded({ objects, events }: Ocel2): MinedOcel {
  const values = ({ attributes }: Ocel2Thing): Record<string, string> =>
    Object.fromEntries(attributes.map(({ name, value }) => [name, value]));
  const related = (relations: readonly Ocel2Relation[]): string[] => [
    ...new Set(relations.map(({ objectId }) => objectId)),
  ];
  const log = {
    'ocel:objects': Object.fromEntries(
      objects.map((one) => [one.id, { 'ocel:type': one.type, 'ocel:ovmap': values(one) }]),
    ),
    'ocel:events': Object.fromEntries(
      events.map((one) => [
        one.id,
        {
          ...{ 'ocel:activity': one.type, 'ocel:timestamp': one.time, 'ocel:vmap': values(one) },
          'ocel:omap': related(one.relationships),
        },
      ]),
    ),
  };
  return JsonOcelImporter.apply(JSON.stringify(log));
}

describe('OCEL in pm4js, in the form of OCEL 1.0', () => {
  const named = (record: HistoryRecord): Happening => {
    const { activity, at } = happening(record);
    return { activity: record.leaf.kind === 'rejection' ? `refused: ${activity}` : activity, at };
  };
  const stepOf = ({ leaf }: HistoryRecord): string | undefined =>
    leaf.event.step === undefined ? undefined : `step:${leaf.incident}/${leaf.event.step}`;
  const ofIncident = (record: HistoryRecord): string | undefined =>
    isOfIncident(record) ? `incident:${record.leaf.incident}` : undefined;
  const flattened = (log: MinedOcel, type: string): Record<string, unknown> =>
    Object.fromEntries(
      OcelFlattening.apply(log, type).traces.map(({ attributes, events }) => [
        attributes['concept:name']?.value,
        events.map((event) => ({
          activity: event.attributes['concept:name']?.value,
          at: (event.attributes['time:timestamp']?.value as Date).getTime(),
        })),
      ]),
    );

  test('it counts the events and objects that the history has', () => {
    const log = loaded(ocel);
    expect(GeneralOcelStatistics.eventsPerActivityCount(log)).toEqual(
      countBy(records, (record) => named(record).activity),
    );
    const people = new Set(records.map(({ leaf }) => leaf.actor.id));
    const { incident, step, system, person = 0 } = GeneralOcelStatistics.objectsPerTypeCount(log);
    expect({ incident, step, system }).toEqual({
      incident: casesBy(records, ofIncident).size,
      step: casesBy(records, stepOf).size,
      system: systemsOf(records).size,
    });
    expect(person).toBeGreaterThanOrEqual(people.size);
    expect(GeneralOcelStatistics.eventsRelatedPerObjectTypeCount(log)).toMatchObject({
      incident: records.filter(isOfIncident).length,
      step: records.filter((record) => stepOf(record) !== undefined).length,
      person: records.length,
    });
    const times = Object.values(log['ocel:events']).map((event) => event['ocel:timestamp'].toISOString());
    expect(times).toEqual(records.map(({ leaf }) => leaf.occurredAt));
  });

  test.each([
    ['incident', ofIncident],
    ['step', stepOf],
  ] as const)('flattened to %ss, each has its entries in order', (type, caseOf) => {
    const cases = casesBy(records, caseOf, named);
    expect(flattened(loaded(ocel), type)).toEqual(Object.fromEntries(cases));
    const { seconds: _seconds, ...counted } = directlyFollows(cases.values());
    expect(FrequencyDfgDiscovery.apply(OcelFlattening.apply(loaded(ocel), type))).toEqual(counted);
  });

  test('flattened to systems, each moves as the history says', () => {
    const moves = casesBy(
      records,
      ({ leaf }) => (leaf.system ? `system:${leaf.incident}/${leaf.system.id}` : undefined),
      named,
    );
    const traces = flattened(loaded(ocel), 'system');
    expect(moves.size).toBeGreaterThan(1);
    for (const [id, happenings] of moves) expect(traces[id]).toEqual(expect.arrayContaining([...happenings]));
  });

  test('a relation, an event or an object that is lost is missed', () => {
    const [first, ...events] = ocel.events;
    if (first === undefined) throw new Error('there is no event');
    const whole = Object.fromEntries(casesBy(records, ofIncident, named));
    const relationships = first.relationships.filter(({ qualifier }) => qualifier !== 'incident');
    for (const lost of [events, [{ ...first, relationships }, ...events]])
      expect(flattened(loaded({ ...ocel, events: lost }), 'incident')).not.toEqual(whole);
    const objects = ocel.objects.filter(({ type }) => type !== 'incident');
    expect(() => flattened(loaded({ ...ocel, objects }), 'incident')).toThrow(TypeError);
  });
});

/** The affected systems of each incident: those it was opened with, and those that were found later. */
function systemsOf(all: readonly HistoryRecord[]): ReadonlySet<string> {
  const ids = all.flatMap((record) => {
    const { leaf } = record;
    const { systems = [] } = dataOf(record) as { systems?: readonly { readonly id: string }[] };
    const opened = leaf.kind === 'opened' ? systems.map(({ id }) => id) : [];
    return [...opened, ...(leaf.system ? [leaf.system.id] : [])].map((id) => `${leaf.incident}/${id}`);
  });
  return new Set(ids);
}
