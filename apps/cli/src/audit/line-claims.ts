/** What a line of an export claims beside the exact bytes: every word of it must follow from the leaf and its openings. */
import { isOpen, openedValues, type KeptOpening, type Leaf, type WithheldOpening } from '@cordon/audit';
import { canonicalJson, isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { lapsedIn, lateness, supersedes } from '@cordon/runtime';

/** Members that are not claims about the event, or are checked by themselves. */
const APART = ['leaf', 'hash', 'openings', 'actor', 'rejection', 'supersededBy'];

/** Members that follow from others: an export may leave them out. */
const DERIVED = ['late', 'lateBy', 'supersedes'];

/** The openings of a line, withheld ones too; undefined when they do not have the shape of openings. */
export function openingsIn(entry: JsonObject): readonly KeptOpening[] | undefined {
  const { openings } = entry;
  if (!Array.isArray(openings)) return undefined;
  const sound = openings.every(
    (one) =>
      isJsonObject(one) &&
      typeof one['key'] === 'string' &&
      ((typeof one['salt'] === 'string' && 'value' in one) || isWithheld(one)),
  );
  return sound ? openings : undefined;
}

/** Nothing but whose it was: a line that withholds a value and shows one beside it is none of ours. */
function isWithheld(one: JsonObject): boolean {
  return one['withheld'] === true && typeof one['subject'] === 'string' && Object.keys(one).length === 3;
}

/** Those that went with a person who was erased. The log commits to them; what they were cannot be checked any more. */
export function withheldOf(openings: readonly KeptOpening[]): readonly WithheldOpening[] {
  return openings.filter((one) => 'withheld' in one);
}

/** The first claim that the leaf and its openings do not bear out, in words; undefined when all is as logged. */
export function falseClaim(leaf: Leaf, kept: readonly KeptOpening[], entry: JsonObject): string | undefined {
  const committed = leaf.sd?.length ?? 0;
  if (new Set(kept.map((one) => canonicalJson(one))).size !== committed || kept.length !== committed)
    return `it commits to ${committed} values, but ${kept.length} are there`;
  const openings = kept.filter(isOpen);
  const withheld = withheldOf(kept).map(({ key }) => key);
  const opened = openedValues(openings);
  const logged: Readonly<Record<string, Json | undefined>> = {
    seq: leaf.seq,
    revision: leaf.revision,
    kind: leaf.kind,
    at: leaf.at,
    occurredAt: leaf.occurredAt,
    event: { ...leaf.event, ...(opened.data ? { data: opened.data } : {}) },
    from: leaf.from,
    to: leaf.to,
    note: opened.note ?? null,
    withheld: withheld.length > 0 ? withheld : undefined,
    system: leaf.system,
    lapsed: lapsedIn(openings) as Json | undefined,
    prev: leaf.prev,
    ...lateness(leaf.at, leaf.occurredAt),
    ...supersedes(leaf, opened.data?.['seq']),
  };
  for (const name of new Set([...Object.keys(logged), ...Object.keys(entry)])) {
    if (APART.includes(name) || (DERIVED.includes(name) && !(name in entry))) continue;
    if (!same(logged[name], entry[name])) return `its ${name} is not what was logged`;
  }
  return falseActor(leaf, entry['actor']) ?? falseRejection(leaf, opened.rejection, entry['rejection']);
}

/** The name is not part of the log: it is looked up when the export is made. */
function falseActor(leaf: Leaf, told: Json | undefined): string | undefined {
  const sound = isJsonObject(told) && told['id'] === leaf.actor.id && told['type'] === leaf.actor.type;
  return sound ? undefined : 'its actor is not the one who was logged';
}

/** Sentences are made when the export is made; the codes, names and times behind them were logged. */
function falseRejection(leaf: Leaf, opened: Json | undefined, told: Json | undefined): string | undefined {
  const wrong = 'its rejection is not the one that was logged';
  if (leaf.rejection === undefined) return told === undefined ? undefined : wrong;
  if (!isJsonObject(told) || told['code'] !== leaf.rejection || !isJsonObject(opened)) return wrong;
  const { blockedBy: loggedBlockers, ...rest } = opened;
  const { blockedBy: toldBlockers, ...toldRest } = told;
  if (!same(rest, toldRest)) return wrong;
  return same(blockersOf(loggedBlockers), blockersOf(toldBlockers)) ? undefined : wrong;
}

function blockersOf(list: Json | undefined): Json {
  if (!Array.isArray(list)) return null;
  return list.map((one) => {
    if (!isJsonObject(one)) return one;
    const { text: _text, status: _status, who: _who, next: _next, since, ...facts } = one;
    return { ...facts, since: instantOf(since) };
  });
}

/** Logged as milliseconds, told as RFC 3339. */
function instantOf(value: Json | undefined): Json {
  return typeof value === 'string' ? Date.parse(value) : (value ?? null);
}

function same(logged: Json | undefined, told: Json | undefined): boolean {
  if (logged === undefined || told === undefined) return logged === told;
  return canonicalJson(logged) === canonicalJson(told);
}
