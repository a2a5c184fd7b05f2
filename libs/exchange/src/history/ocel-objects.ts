import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { incidentId, relationsOf, systemId, type OcelType } from './ocel-relations.js';
import { activityOf, isJournal, said } from './reading.js';
import type { HistoryRecord, Records } from './record.js';

interface Change {
  readonly name: string;
  readonly value: string;
  readonly time: string;
}

interface OcelObject {
  readonly type: OcelType;
  readonly changes: Change[];
  /** The incident that a step or system belongs to. */
  readonly incident?: string;
}

const ATTRIBUTES: Readonly<Record<OcelType, readonly string[]>> = {
  incident: ['title', 'severity', 'exercise', 'tlp', 'status', 'machine'],
  step: ['status'],
  system: ['name', 'state'],
  person: ['kind', 'roles'],
};

const STEP_STATUS: Readonly<Record<string, string>> = {
  'step.start': 'in_progress',
  'step.complete': 'completed',
  'step.skip': 'skipped',
  'step.fail': 'failed',
  'step.problem': 'problem',
  'step.reopen': 'reopened',
};

/** The objects of a history with what changed about them, by id. */
export class OcelObjects {
  private readonly objects = new Map<string, OcelObject>();

  /** The types that occur, always in the same order. */
  types(): readonly { readonly name: OcelType; readonly attributes: readonly string[] }[] {
    const present = new Set([...this.objects.values()].map(({ type }) => type));
    return (['incident', 'step', 'system', 'person'] as const)
      .filter((type) => present.has(type))
      .map((name) => ({ name, attributes: ATTRIBUTES[name] }));
  }

  /** As they stand in the file, in the order in which the history names them. */
  *written(): Generator<JsonObject> {
    for (const [id, { type, changes, incident }] of this.objects) {
      const part = incident === undefined ? [] : [{ objectId: incident, qualifier: `${type} of` }];
      yield {
        id,
        type,
        attributes: changes.map(({ name, value, time }) => ({ name, value, time })),
        relationships: part,
      };
    }
  }

  add(type: OcelType, id: string, incident?: string): void {
    if (this.objects.has(id)) return;
    this.objects.set(id, { type, changes: [], ...(incident === undefined ? {} : { incident }) });
  }

  /**
   * Notes a value where it differs from the last one of that name. An attribute has one value at a time: of two that
   * are said of the same moment, the later one stands.
   */
  change(id: string, name: string, value: Json | undefined, time: string): void {
    const object = this.objects.get(id);
    if (!object || value === undefined || value === null) return;
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    if (object.changes.findLast((one) => one.name === name)?.value === text) return;
    const same = object.changes.findIndex((one) => one.name === name && one.time === time);
    if (same >= 0) object.changes.splice(same, 1);
    object.changes.push({ name, value: text, time });
  }
}

/** One reading of the history: its objects, and the types of event that occur. */
export async function ocelObjects(
  records: Records,
): Promise<{ readonly objects: OcelObjects; readonly eventTypes: ReadonlySet<string> }> {
  const objects = new OcelObjects();
  const eventTypes = new Set<string>();
  for await (const record of records()) {
    eventTypes.add(activityOf(record.leaf));
    take(objects, record);
  }
  return { objects, eventTypes };
}

function take(objects: OcelObjects, record: HistoryRecord): void {
  const { leaf } = record;
  const time = leaf.occurredAt;
  for (const { type, id, qualifier } of relationsOf(record)) {
    const part = type === 'step' || type === 'system' ? incidentId(leaf.incident) : undefined;
    objects.add(type, id, part);
    if (qualifier === 'actor') {
      objects.change(id, 'kind', leaf.actor.type, time);
      objects.change(id, 'roles', leaf.actor.roles.join(' '), time);
    }
    if (type === 'step' && leaf.kind === 'transition' && Object.hasOwn(STEP_STATUS, leaf.event.type))
      objects.change(id, 'status', STEP_STATUS[leaf.event.type], time);
  }
  if (leaf.system) objects.change(systemId(leaf.incident, leaf.system.id), 'state', leaf.system.to, time);
  if (!isJournal(leaf) && leaf.kind !== 'rejection') takeIncident(objects, record);
}

function takeIncident(objects: OcelObjects, record: HistoryRecord): void {
  const { leaf } = record;
  const time = leaf.occurredAt;
  const id = incidentId(leaf.incident);
  const { data = {} } = said(record);
  objects.change(id, 'machine', leaf.machine, time);
  if (leaf.kind === 'opened') takeOpening(objects, record, data);
  if (leaf.event.type === 'incident.close') objects.change(id, 'status', 'closed', time);
  if (leaf.event.type === 'incident.reopen') objects.change(id, 'status', 'open', time);
  if (leaf.event.type === 'incident.classify') objects.change(id, 'tlp', data.tlp, time);
  if (leaf.event.type === 'system.add' && leaf.system)
    objects.change(systemId(leaf.incident, leaf.system.id), 'name', data.name, time);
}

function takeOpening(objects: OcelObjects, { leaf }: HistoryRecord, data: JsonObject): void {
  const time = leaf.occurredAt;
  const id = incidentId(leaf.incident);
  for (const name of ['title', 'severity', 'exercise', 'tlp']) objects.change(id, name, data[name], time);
  objects.change(id, 'status', 'open', time);
  for (const system of Array.isArray(data.systems) ? (data.systems as readonly Json[]) : [])
    if (isJsonObject(system) && typeof system.id === 'string')
      objects.change(systemId(leaf.incident, system.id), 'name', system.name, time);
}
