/**
 * `views/events.xes`: XES (IEEE 1849-2016) for process mining. A trace is an incident, its events are the entries in
 * the order of the log. The activity of what is done to a step is the step, with the lifecycle transition that it
 * stands for; of anything else it is the event's own name. `time:timestamp` is when it happened, `recorded_at` when it
 * was recorded. The journal belongs to no incident and is left out.
 */
import { canonicalJson, type Json } from '@cordon/kernel';
import { groupedByIncident } from './group-incidents.js';
import { activityOf, entryId, said, stateText } from './reading.js';
import type { HistoryAbout, HistoryRecord, HistoryView, Records } from './record.js';
import { xmlValue } from './xml.js';

type Kind = 'string' | 'date' | 'int' | 'id';
type Attribute = readonly [kind: Kind, key: string, value: string | number];

/** Lifecycle transitions of the XES standard model. */
const TRANSITIONS: Readonly<Record<string, string>> = {
  'step.start': 'start',
  'step.complete': 'complete',
  'step.skip': 'manualskip',
  'step.fail': 'ate_abort',
  'step.problem': 'suspend',
  'step.reopen': 'schedule',
};

const EXTENSIONS = [
  ['Concept', 'concept', 'concept'],
  ['Identity', 'identity', 'identity'],
  ['Lifecycle', 'lifecycle', 'lifecycle'],
  ['Organizational', 'org', 'org'],
  ['Time', 'time', 'time'],
] as const;

const NO_ID = '00000000-0000-0000-0000-000000000000';

/** What every trace and every event has, with the values that stand for none. */
const TRACE_GLOBALS: readonly Attribute[] = [
  ['string', 'concept:name', 'unknown'],
  ['id', 'identity:id', NO_ID],
];
const EVENT_GLOBALS: readonly Attribute[] = [
  ['string', 'concept:name', 'unknown'],
  ['string', 'lifecycle:transition', 'unknown'],
  ['date', 'time:timestamp', '1970-01-01T00:00:00.000Z'],
  ['string', 'org:resource', 'unknown'],
  ['id', 'identity:id', NO_ID],
  ['string', 'event_type', 'unknown'],
  ['string', 'kind', 'unknown'],
];

const CLASSIFIERS = [
  ['Activity', 'concept:name'],
  ['Activity_and_transition', 'concept:name lifecycle:transition'],
  ['Event_type', 'event_type'],
  ['Resource', 'org:resource'],
] as const;

/** The traces of the history. Bounded memory, several readings: see `groupedByIncident`. */
export const xesView: HistoryView = {
  path: 'views/events.xes',
  mediaType: 'application/xml',
  async *write(records: Records, about: HistoryAbout): AsyncGenerator<string> {
    yield head(about);
    yield* groupedByIncident(records, {
      begin: (first) => `  <trace>\n${attributes('    ', traceAttributes(first))}`,
      record: (record) => `    <event>\n${attributes('      ', eventAttributes(record))}    </event>\n`,
      end: '  </trace>\n',
    });
    yield '</log>\n';
  },
};

function head({ origin, ref, size }: HistoryAbout): string {
  const log: readonly Attribute[] = [
    ['string', 'concept:name', origin],
    ['string', 'lifecycle:model', 'standard'],
    ['int', 'tree_size', size],
    ...(ref === undefined ? [] : [['string', 'ref', ref] as const]),
  ];
  return [
    '<?xml version="1.0" encoding="UTF-8"?>\n',
    '<log xes.version="1849.2016" xes.features="" xmlns="http://www.xes-standard.org/">\n',
    ...EXTENSIONS.map(
      ([name, prefix, file]) =>
        `  <extension name="${name}" prefix="${prefix}" uri="http://www.xes-standard.org/${file}.xesext"/>\n`,
    ),
    `  <global scope="trace">\n${attributes('    ', TRACE_GLOBALS)}  </global>\n`,
    `  <global scope="event">\n${attributes('    ', EVENT_GLOBALS)}  </global>\n`,
    ...CLASSIFIERS.map(([name, keys]) => `  <classifier name="${name}" scope="event" keys="${keys}"/>\n`),
    attributes('  ', log),
  ].join('');
}

function attributes(indent: string, list: readonly Attribute[]): string {
  return list
    .map(([kind, key, value]) => `${indent}<${kind} key="${key}" value="${xmlValue(String(value))}"/>\n`)
    .join('');
}

/** What the opening says, where the history shows it. */
function traceAttributes(first: HistoryRecord): readonly Attribute[] {
  const { leaf } = first;
  const opening = leaf.kind === 'opened' ? (said(first).data ?? {}) : {};
  return [
    ['string', 'concept:name', leaf.incident],
    ['id', 'identity:id', leaf.incident],
    ...some('string', 'title', opening.title),
    ...some('string', 'severity', opening.severity),
    ...some('string', 'exercise', opening.exercise),
    ...some('string', 'machine', leaf.machine),
  ];
}

function eventAttributes(record: HistoryRecord): readonly Attribute[] {
  const { leaf, index, hash } = record;
  const { event, system } = leaf;
  const { note, data, rejection, lapsed, withheld } = said(record);
  return [
    ['string', 'concept:name', activityName(record)],
    ['string', 'lifecycle:transition', transitionOf(record)],
    ['date', 'time:timestamp', leaf.occurredAt],
    ['string', 'org:resource', leaf.actor.id],
    ...some('string', 'org:role', leaf.actor.roles.length > 0 ? leaf.actor.roles.join(' ') : undefined),
    ['id', 'identity:id', uuidOf(hash)],
    ['string', 'event_type', event.type],
    ['string', 'kind', leaf.kind],
    ['string', 'entry', entryId(leaf)],
    ['int', 'leaf_index', index],
    ['string', 'leaf_hash', hash],
    ['int', 'revision', leaf.revision],
    ['date', 'recorded_at', leaf.at],
    ['string', 'actor_type', leaf.actor.type],
    ...some('string', 'step', event.step),
    ['string', 'from', stateText(leaf.from)],
    ['string', 'to', stateText(leaf.to)],
    ...some('string', 'machine', leaf.machine),
    ...some('string', 'system', system?.id),
    ...some('string', 'system_from', system?.from),
    ...some('string', 'system_to', system?.to),
    ...some('string', 'note', note),
    ...some('string', 'data', data),
    ...some('string', 'lapsed', lapsed),
    ...some('string', 'rejection', leaf.rejection),
    ...some('string', 'rejection_details', rejection),
    ...some('string', 'withheld', withheld.length > 0 ? withheld.join(' ') : undefined),
  ];
}

/** One attribute, or none where there is no value. */
function some(kind: Kind, key: string, value: Json | undefined): readonly Attribute[] {
  if (value === undefined) return [];
  return [[kind, key, typeof value === 'string' ? value : canonicalJson(value)]];
}

function activityName({ leaf }: HistoryRecord): string {
  const { type, step } = leaf.event;
  if (step === undefined) return activityOf(leaf);
  return leaf.kind !== 'rejection' && Object.hasOwn(TRANSITIONS, type) ? step : `${activityOf(leaf)} ${step}`;
}

/** What was refused has not happened: no transition of the standard model says that. */
function transitionOf({ leaf }: HistoryRecord): string {
  if (leaf.kind === 'rejection') return 'unknown';
  return leaf.event.step === undefined || !Object.hasOwn(TRANSITIONS, leaf.event.type)
    ? 'complete'
    : (TRANSITIONS[leaf.event.type] ?? 'complete');
}

/** The first 122 bits of the leaf hash as a UUID of version 8 (RFC 9562 section 5.8): the same event, the same id. */
function uuidOf(hash: string): string {
  const variant = ((Number.parseInt(hash.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const parts = [hash.slice(0, 8), hash.slice(8, 12), `8${hash.slice(13, 16)}`];
  return [...parts, `${variant}${hash.slice(17, 20)}`, hash.slice(20, 32)].join('-');
}
