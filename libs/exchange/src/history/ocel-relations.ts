import { isJournal, said } from './reading.js';
import type { HistoryRecord } from './record.js';

export type OcelType = 'incident' | 'step' | 'system' | 'person';

export interface Relation {
  readonly type: OcelType;
  readonly id: string;
  /** What the object was to the event. */
  readonly qualifier: string;
}

/** Members of an event's data that name one person, and what that person is to it. */
const PEOPLE: Readonly<Record<string, string>> = {
  'task.assign to': 'assignee',
  'member.add person': 'member',
  'member.remove person': 'member',
  'entry.correct author': 'author',
};

/** Journal entries whose subject is a person. */
const ABOUT_PEOPLE = /^(absence|approval-link|credential|invitation|person|session)\./;

/** The objects that an entry is about, each once for each thing that it is to it. */
export function relationsOf(record: HistoryRecord): readonly Relation[] {
  const { leaf } = record;
  const { type, step, subject } = leaf.event;
  const { data = {} } = said(record);
  const relations: Relation[] = [{ type: 'person', id: personId(leaf.actor.id), qualifier: 'actor' }];
  if (subject !== undefined && ABOUT_PEOPLE.test(type))
    relations.push({ type: 'person', id: personId(subject), qualifier: 'subject' });
  if (isJournal(leaf)) return relations;
  relations.push({ type: 'incident', id: incidentId(leaf.incident), qualifier: 'incident' });
  if (step !== undefined)
    relations.push({ type: 'step', id: stepId(leaf.incident, step), qualifier: 'step' });
  for (const system of systemsOf(record))
    relations.push({ type: 'system', id: systemId(leaf.incident, system), qualifier: 'affected system' });
  if (leaf.kind === 'rejection') return relations;
  for (const [member, value] of Object.entries(data)) {
    const qualifier = Object.hasOwn(PEOPLE, `${type} ${member}`) ? PEOPLE[`${type} ${member}`] : undefined;
    if (qualifier !== undefined && typeof value === 'string')
      relations.push({ type: 'person', id: personId(value), qualifier });
  }
  return relations;
}

/** Ids of the affected systems that an entry names: those it was opened with, or the one that it moved or is about. */
function systemsOf(record: HistoryRecord): readonly string[] {
  const { leaf } = record;
  const { data = {} } = said(record);
  const ids = new Set<string>();
  if (leaf.system) ids.add(leaf.system.id);
  if (leaf.kind === 'rejection') return [...ids];
  if (typeof data.system === 'string') ids.add(data.system);
  if (leaf.event.type === 'system.add' && typeof data.id === 'string') ids.add(data.id);
  if (leaf.kind === 'opened' && Array.isArray(data.systems))
    for (const system of data.systems as readonly unknown[])
      if (typeof system === 'object' && system !== null && 'id' in system && typeof system.id === 'string')
        ids.add(system.id);
  return [...ids];
}

export const incidentId = (incident: string): string => `incident:${incident}`;
const stepId = (incident: string, step: string): string => `step:${incident}/${step}`;
export const systemId = (incident: string, system: string): string => `system:${incident}/${system}`;
const personId = (person: string): string => `person:${person}`;
