/**
 * `views/events.ocel.json`: OCEL 2.0 in its JSON form, for object-centric process mining. Objects are incidents, their
 * steps and affected systems, and people by their pseudonymous ids; an event is an entry, related to each of them by
 * what it was to it. Attributes of an object that change carry the time of each change. As in the published schema
 * (ocel-standard.org), every value is a string; the types say which are numbers.
 */
import { canonicalJson, type Json, type JsonObject } from '@cordon/kernel';
import { ocelObjects, type OcelObjects } from './ocel-objects.js';
import { relationsOf } from './ocel-relations.js';
import { activityOf, entryId, said, stateText } from './reading.js';
import type { HistoryAbout, HistoryRecord, HistoryView, Records } from './record.js';

/** Attributes of every type of event, in the order in which they are written. */
const EVENT_ATTRIBUTES = [
  { name: 'leaf_index', type: 'integer' },
  { name: 'leaf_hash', type: 'string' },
  { name: 'kind', type: 'string' },
  { name: 'seq', type: 'integer' },
  { name: 'revision', type: 'integer' },
  { name: 'recorded_at', type: 'time' },
  { name: 'actor_roles', type: 'string' },
  { name: 'subject', type: 'string' },
  { name: 'from', type: 'string' },
  { name: 'to', type: 'string' },
  { name: 'machine', type: 'string' },
  { name: 'note', type: 'string' },
  { name: 'data', type: 'string' },
  { name: 'lapsed', type: 'string' },
  { name: 'rejection', type: 'string' },
  { name: 'rejection_details', type: 'string' },
  { name: 'withheld', type: 'string' },
] as const;

/** The log of objects. Two readings; memory grows with the objects and their changes, not with what was typed. */
export const ocelView: HistoryView = {
  path: 'views/events.ocel.json',
  mediaType: 'application/json',
  async *write(records: Records, _about: HistoryAbout): AsyncGenerator<string> {
    const { objects, eventTypes } = await ocelObjects(records);
    yield `{"objectTypes":${canonicalJson(objectTypes(objects))},\n"eventTypes":`;
    yield canonicalJson([...eventTypes].sort().map((name) => ({ name, attributes: EVENT_ATTRIBUTES })));
    yield ',\n"objects":[';
    let comma = '\n';
    for (const object of objects.written()) {
      yield `${comma}${canonicalJson(object)}`;
      comma = ',\n';
    }
    yield '\n],\n"events":[';
    comma = '\n';
    for await (const record of records()) {
      yield `${comma}${canonicalJson(ocelEvent(record))}`;
      comma = ',\n';
    }
    yield '\n]}\n';
  },
};

function objectTypes(objects: OcelObjects): Json {
  return objects.types().map(({ name, attributes }) => ({
    name,
    attributes: attributes.map((attribute) => ({ name: attribute, type: 'string' })),
  }));
}

function ocelEvent(record: HistoryRecord): JsonObject {
  const { leaf, index, hash } = record;
  const { note, data, lapsed, rejection, withheld } = said(record);
  const values: Readonly<Record<(typeof EVENT_ATTRIBUTES)[number]['name'], Json | undefined>> = {
    leaf_index: String(index),
    leaf_hash: hash,
    kind: leaf.kind,
    seq: String(leaf.seq),
    revision: String(leaf.revision),
    recorded_at: leaf.at,
    actor_roles: leaf.actor.roles.join(' '),
    subject: leaf.event.subject,
    from: stateText(leaf.from),
    to: stateText(leaf.to),
    machine: leaf.machine,
    note,
    data,
    lapsed,
    rejection: leaf.rejection,
    rejection_details: rejection,
    withheld: withheld.length > 0 ? withheld.join(' ') : undefined,
  };
  return {
    id: entryId(leaf),
    type: activityOf(leaf),
    time: leaf.occurredAt,
    attributes: EVENT_ATTRIBUTES.flatMap(({ name }) => {
      const value = values[name];
      return value === undefined
        ? []
        : { name, value: typeof value === 'string' ? value : canonicalJson(value) };
    }),
    relationships: relationsOf(record).map(({ id, qualifier }) => ({ objectId: id, qualifier })),
  };
}
