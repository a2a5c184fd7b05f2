/** Whether a value is a leaf: docs/audit.md section 1. Fast, because it is asked of every line. */
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { LEAF_VERSION, type Leaf } from '../leaf.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const HASH = /^[0-9a-f]{64}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const COMMITMENT = /^[A-Za-z0-9_-]{43}$/;
const TIME = /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;
const LATEST_IN_EVERY_MONTH = '28';

const MEMBERS = new Set([
  ...['actor', 'at', 'event', 'from', 'incident', 'kind', 'log', 'machine', 'occurredAt', 'prev'],
  ...['pd', 'rejection', 'revision', 'sd', 'seq', 'state', 'system', 'to', 'v'],
]);
const KINDS: readonly Json[] = ['opened', 'transition', 'rejection', 'journal'];

/** What is wrong with the form, as the end of a sentence that begins with the leaf; undefined for a leaf. */
export function leafFlaw(value: Json): string | undefined {
  if (!isJsonObject(value)) return 'is not a JSON object';
  for (const name in value) if (!MEMBERS.has(name)) return 'has a member that no leaf has';
  return headFlaw(value) ?? timeFlaw(value) ?? aboutFlaw(value) ?? machineFlaw(value) ?? restFlaw(value);
}

function headFlaw({ v, kind, log, incident, seq, revision, prev }: JsonObject): string | undefined {
  if (v !== LEAF_VERSION) return `is not of version ${LEAF_VERSION}`;
  if (kind === undefined || !KINDS.includes(kind)) return 'has a kind that there is not';
  if (typeof log !== 'string') return 'does not name its log';
  if (typeof incident !== 'string' || !UUID.test(incident)) return 'has an incident that is not a UUID';
  if (!isWhole(seq, 1)) return 'has a seq that is not a whole number from 1 on';
  if (!isWhole(revision, 0)) return 'has a revision that is not a whole number';
  return typeof prev === 'string' && HASH.test(prev) ? undefined : 'has a prev that is not 64 hex digits';
}

function timeFlaw({ at, occurredAt }: JsonObject): string | undefined {
  if (!isTime(at)) return 'has an at that is not a time in UTC with milliseconds';
  return occurredAt === at || isTime(occurredAt)
    ? undefined
    : 'has an occurredAt that is not a time in UTC with milliseconds';
}

/** RFC 3339 in UTC with milliseconds, of a day that there is. */
export function isTime(value: Json | undefined): boolean {
  if (typeof value !== 'string' || !TIME.test(value)) return false;
  if (value.slice(8, 10) <= LATEST_IN_EVERY_MONTH) return true;
  const date = new Date(value);
  return !Number.isNaN(date.getTime()) && date.toISOString() === value;
}

function aboutFlaw({ actor, event, system, rejection, kind }: JsonObject): string | undefined {
  if (!isJsonObject(actor) || !hasOnly(actor, 'id', 'roles', 'type')) return 'has no actor as described';
  const { id, roles, type } = actor;
  if (typeof id !== 'string' || (type !== 'person' && type !== 'system')) return 'has no actor as described';
  if (!Array.isArray(roles) || !(roles as readonly Json[]).every((role) => typeof role === 'string'))
    return 'has an actor whose roles are not a list of text';
  if (!isEvent(event)) return 'has no event as described';
  if (system !== undefined && !isTexts(system, 'from', 'id', 'to')) return 'has no system as described';
  if (kind === 'rejection')
    return typeof rejection === 'string' ? undefined : 'does not say why it was refused';
  return rejection === undefined ? undefined : 'is no rejection, and says why it was refused';
}

function isEvent(event: Json | undefined): boolean {
  if (!isJsonObject(event) || event['type'] === undefined) return false;
  for (const name in event)
    if (typeof event[name] !== 'string' || (name !== 'type' && name !== 'step' && name !== 'subject'))
      return false;
  return true;
}

/** An incident's leaf names machine and state, one of the journal neither; a rejection is of either. */
function machineFlaw({ kind, machine, state, from, to }: JsonObject): string | undefined {
  if (from === undefined || to === undefined) return 'does not say from where to where it went';
  if (machine === undefined && state === undefined) {
    if (kind !== 'journal' && kind !== 'rejection') return 'names neither machine nor state';
    return from === null && to === null ? undefined : 'is of the journal, and moves';
  }
  if (kind === 'journal') return 'is of the journal, and names a machine or a state';
  if (typeof machine !== 'string' || !DIGEST.test(machine)) return 'has a machine that is not a digest';
  return typeof state === 'string' && DIGEST.test(state) ? undefined : 'has a state that is not a digest';
}

function restFlaw({ sd, pd }: JsonObject): string | undefined {
  return commitmentsFlaw(sd) ?? (pd === undefined ? undefined : personalFlaw(pd, sd));
}

/** Each of them a commitment of the leaf, with the name of the value and whose it is. */
function personalFlaw(pd: Json, sd: Json = []): string | undefined {
  if (!Array.isArray(pd) || pd.length === 0) return 'has personal data that is not a list, or an empty one';
  let before = '';
  for (const one of pd as readonly Json[]) {
    if (!Array.isArray(one) || one.length !== 3 || !(one as Json[]).every((part) => typeof part === 'string'))
      return 'has personal data without commitment, name and person';
    const [commitment = ''] = one as readonly string[];
    if (!(sd as readonly Json[]).includes(commitment)) return 'has personal data that it does not commit to';
    if (commitment <= before) return 'has personal data that is not sorted';
    before = commitment;
  }
  return undefined;
}

function commitmentsFlaw(sd: Json | undefined): string | undefined {
  if (sd === undefined) return undefined;
  if (!Array.isArray(sd) || sd.length === 0) return 'has commitments that are not a list, or an empty one';
  let before = '';
  for (const one of sd as readonly Json[]) {
    if (typeof one !== 'string' || !COMMITMENT.test(one)) return 'has a commitment that is not a digest';
    if (one <= before) return 'has commitments that are not sorted';
    before = one;
  }
  return undefined;
}

/** An object of exactly these members, all of them text. */
function isTexts(value: Json, ...names: readonly string[]): boolean {
  return (
    isJsonObject(value) && hasOnly(value, ...names) && names.every((name) => typeof value[name] === 'string')
  );
}

function isWhole(value: Json | undefined, least: number): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= least;
}

function hasOnly(value: JsonObject, ...names: readonly string[]): boolean {
  let count = 0;
  for (const name in value) {
    if (!names.includes(name)) return false;
    count += 1;
  }
  return count === names.length;
}

/** For a value that `leafFlaw` found nothing wrong with. */
export function asLeaf(value: Json): Leaf {
  return value as unknown as Leaf;
}

/** Whether the leaf belongs to the deployment's own chain. */
export function isOfJournal({ machine, state }: Leaf): boolean {
  return machine === undefined && state === undefined;
}
