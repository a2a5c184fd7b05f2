/** The events people may send: what each is addressed to and what its `data` holds. The table is the contract. */
import {
  escapePointer,
  fromIso,
  isJsonObject,
  jsonFlaw,
  textFlaw,
  type Json,
  type JsonObject,
} from '@cordon/kernel';
import type { Priority } from '@cordon/playbook';
import { SYSTEM_ID } from './instances.js';
import type { FieldError } from './model.js';
import { isTlp, TLP } from './tlp.js';

type Shape =
  | 'line'
  | 'text'
  | 'id'
  | 'person'
  | 'tlp'
  | 'json'
  | 'object'
  | 'flag'
  | 'count'
  | 'ids'
  | 'people'
  | 'moment'
  | 'priority';

interface EventSpec {
  readonly target: 'step' | 'task' | 'system' | 'incident';
  readonly required: Readonly<Record<string, Shape>>;
  readonly optional: Readonly<Record<string, Shape>>;
}

const spec = (
  target: EventSpec['target'],
  required: Readonly<Record<string, Shape>> = {},
  optional: Readonly<Record<string, Shape>> = {},
): EventSpec => ({ target, required, optional });

const onSystem = { system: 'id' } as const;
/** `actingFor`: those whom the actor stands in for while they are away. The use case says so, not whoever asks. */
const standingIn = { actingFor: 'people', ...onSystem } as const;

const PRIORITIES: readonly Priority[] = ['urgent', 'high', 'normal', 'low'];

export const EVENTS = {
  'step.start': spec('step', {}, onSystem),
  'step.complete': spec('step', {}, { output: 'object', ...onSystem }),
  'step.skip': spec('step', { reason: 'text' }, onSystem),
  'step.fail': spec('step', { reason: 'text' }, onSystem),
  'step.problem': spec('step', { reason: 'text' }, onSystem),
  'step.reopen': spec('step', { reason: 'text' }, onSystem),
  'approval.approve': spec('step', {}, { reason: 'text', ...onSystem }),
  'approval.refuse': spec('step', { reason: 'text' }, onSystem),
  'task.assign': spec('task', { to: 'person' }, onSystem),
  'task.accept': spec('task', {}, standingIn),
  'task.decline': spec('task', { reason: 'text' }, standingIn),
  'task.release': spec('task', {}, { reason: 'text', ...standingIn }),
  'task.schedule': spec('task', { dueAt: 'moment', reason: 'text' }, onSystem),
  'task.prioritise': spec('task', { priority: 'priority' }, { reason: 'text', ...onSystem }),
  'fact.set': spec('incident', { fact: 'line', value: 'json' }, { source: 'text', reason: 'text' }),
  'system.add': spec(
    'incident',
    { name: 'line' },
    { id: 'id', system: 'id', kind: 'line', foundLater: 'flag', reason: 'text' },
  ),
  'system.isolate': spec('system', onSystem, { output: 'object', reason: 'text' }),
  'system.restore': spec('system', onSystem, { restorePoint: 'line', output: 'object', reason: 'text' }),
  'system.verify': spec('system', onSystem, { output: 'object', reason: 'text' }),
  'system.return': spec('system', onSystem, { output: 'object', reason: 'text' }),
  'phase.reopen': spec('incident', { phase: 'line', reason: 'text' }, { systems: 'ids' }),
  'note.add': spec('incident', { text: 'text' }),
  'evidence.add': spec(
    'incident',
    { name: 'line' },
    {
      sha256: 'line',
      kind: 'line',
      location: 'text',
      description: 'text',
      sizeBytes: 'count',
      collectedBy: 'line',
      declared: 'line',
      stored: 'flag',
      ...onSystem,
    },
  ),
  'evidence.view': spec('incident', { id: 'count' }, { reason: 'text', how: 'line' }),
  'evidence.move': spec('incident', { id: 'count', to: 'text', reason: 'text' }),
  'evidence.release': spec('incident', { id: 'count', reason: 'text' }, { to: 'text' }),
  'indicator.add': spec(
    'incident',
    { type: 'line', value: 'text' },
    { tlp: 'tlp', description: 'text', firstSeen: 'line' },
  ),
  'indicator.withdraw': spec('incident', { id: 'count', reason: 'text' }),
  'entry.correct': spec(
    'incident',
    { seq: 'count', reason: 'text' },
    { text: 'text', data: 'object', author: 'person' },
  ),
  'incident.migrate': spec(
    'incident',
    { version: 'line' },
    { map: 'object', digest: 'line', reason: 'text' },
  ),
  'incident.classify': spec('incident', { tlp: 'tlp' }, { reason: 'text' }),
  'member.add': spec('incident', { person: 'person' }, { reason: 'text' }),
  'member.remove': spec('incident', { person: 'person', reason: 'text' }),
  'incident.close': spec('incident', {}, { reason: 'text' }),
  'incident.reopen': spec('incident', { reason: 'text' }),
} as const satisfies Record<string, EventSpec>;

export type EventType = keyof typeof EVENTS;

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(EVENTS, type);
}

/** What is wrong with `data` of this event; empty when it fits the table. Unknown members are errors. O(size). */
export function dataErrors(type: EventType, data: JsonObject): readonly FieldError[] {
  const { required, optional }: EventSpec = EVENTS[type];
  const errors: FieldError[] = [];
  for (const key of Object.keys(required)) {
    if (data[key] === undefined) errors.push({ pointer: `/data/${key}`, message: `${type} needs ${key}` });
  }
  for (const [key, value] of Object.entries(data)) {
    const shape = own(required, key) ?? own(optional, key);
    const error = shape ? memberError(shape, key, value) : unknownMember(type, key);
    if (error) errors.push(error);
  }
  return errors;
}

function own(shapes: Readonly<Record<string, Shape>>, key: string): Shape | undefined {
  return Object.hasOwn(shapes, key) ? shapes[key] : undefined;
}

function unknownMember(type: EventType, key: string): FieldError {
  const { required, optional }: EventSpec = EVENTS[type];
  const known = [...Object.keys(required), ...Object.keys(optional)].join(', ');
  const message = `${type} has no "${key}"${known === '' ? '' : `; it has ${known}`}`;
  return { pointer: `/data/${escapePointer(key)}`, message };
}

function memberError(shape: Shape, key: string, value: Json): FieldError | undefined {
  const problem = shapeProblem(shape, value);
  if (problem !== undefined) return { pointer: `/data/${key}`, message: `${key}: ${problem}` };
  const flawed = shape === 'json' || shape === 'object' ? jsonFlaw(value, `/data/${key}`) : undefined;
  return flawed && { pointer: flawed.pointer, message: `${key}: ${flawed.flaw}` };
}

function shapeProblem(shape: Shape, value: Json): string | undefined {
  switch (shape) {
    case 'line':
      return lineProblem(value, 500);
    case 'person':
      return lineProblem(value, 200);
    case 'tlp':
      return isTlp(value) ? undefined : `give one of ${TLP.join(', ')}`;
    case 'text':
      return lineProblem(value, 20_000);
    case 'id':
      return isSystemId(value) ? undefined : 'use up to 64 letters, digits, dots, hyphens or underscores';
    case 'priority':
      return (PRIORITIES as readonly Json[]).includes(value)
        ? undefined
        : `give one of ${PRIORITIES.join(', ')}`;
    case 'moment':
      return typeof value === 'string' && fromIso(value) !== undefined
        ? undefined
        : 'give a date and time with its offset, such as 2026-03-24T10:00:00+08:00';
    case 'people':
      return Array.isArray(value) && value.length <= 500 && value.every((one) => !lineProblem(one, 200))
        ? undefined
        : 'give a list of people';
    case 'json':
      return undefined;
    case 'object':
      return isJsonObject(value) ? undefined : 'give an object';
    case 'flag':
      return typeof value === 'boolean' ? undefined : 'give true or false';
    case 'count':
      return Number.isSafeInteger(value) && Number(value) >= 0 ? undefined : 'give a whole number';
    case 'ids':
      return Array.isArray(value) && value.length <= 500 && value.every(isSystemId)
        ? undefined
        : 'give a list of system ids';
  }
}

function isSystemId(value: Json): boolean {
  return typeof value === 'string' && SYSTEM_ID.test(value);
}

function lineProblem(value: Json, max: number): string | undefined {
  if (typeof value !== 'string' || value.trim() === '') return 'give some text';
  return value.length > max ? `at most ${max} characters` : textFlaw(value);
}
