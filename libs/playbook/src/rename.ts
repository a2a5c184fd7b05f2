/** Blocks as written, laid out a second time under other ids: what repeats per group, and what comes from another playbook. */
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';

const STEP_KEYS = ['task', 'notice', 'decision', 'approval', 'action', 'wait'] as const;
const NAME_KEYS: readonly string[] = [...STEP_KEYS, 'group', 'graph', 'playbook'];
const TEXT_KEYS: readonly string[] = ['title', 'instructions', 'summary', 'to', 'text'];

/** Ids that the blocks declare, at whatever depth. */
export function declaredIds(raw: Json): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (value: Json | undefined): void => {
    if (Array.isArray(value)) return value.forEach(visit);
    if (!isJsonObject(value)) return;
    const isBlock = NAME_KEYS.some((key) => typeof value[key] === 'string');
    for (const key of NAME_KEYS) if (typeof value[key] === 'string') found.add(value[key]);
    const named = 'each' in value || 'parallel' in value;
    if (named && typeof value.id === 'string') found.add(value.id);
    if (!isBlock && !named && !('then' in value)) return;
    for (const [key, member] of Object.entries(value)) if (key !== 'with' && key !== 'form') visit(member);
  };
  visit(raw);
  return found;
}

/** A copy with every declared id, and every reference to one, given its new name. References to others stay. */
export function renamed(raw: Json, declared: ReadonlySet<string>, newName: (id: string) => string): Json {
  const name = (id: Json | undefined): Json =>
    typeof id === 'string' && declared.has(id) ? newName(id) : (id ?? null);
  const names = (ids: Json): Json => (Array.isArray(ids) ? ids.map(name) : ids);
  const copy = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(copy);
    if (!isJsonObject(value)) return value;
    const out: Record<string, Json> = {};
    for (const [key, member] of Object.entries(value)) {
      if (member === undefined) continue;
      out[key] = reference(value, key, member);
    }
    return out;
  };
  const reference = (owner: JsonObject, key: string, member: Json): Json => {
    if (TEXT_KEYS.includes(key)) return member;
    if (['use', 'groups', 'options', 'form', 'with'].includes(key)) return member;
    if (NAME_KEYS.includes(key) || key === 'repeat')
      return typeof member === 'string' ? name(member) : copy(member);
    if (key === 'id' && ('each' in owner || 'parallel' in owner)) return name(member);
    if (key === 'covers') return names(member);
    if (key === 'after')
      return Array.isArray(member)
        ? member.map((end) => (isJsonObject(end) ? { ...end, step: name(end.step) } : name(end)))
        : member;
    if (key === 'from' && isJsonObject(member) && 'step' in member)
      return { ...member, step: name(member.step) };
    return copy(member);
  };
  return copy(raw);
}

/** A copy in which `{group}` in every text stands for the title of the group, language by language. */
export function withGroup(raw: Json, title: Readonly<Record<string, string>>): Json {
  if (Array.isArray(raw)) return raw.map((item) => withGroup(item, title));
  if (!isJsonObject(raw)) return raw;
  const out: Record<string, Json> = {};
  for (const [key, member] of Object.entries(raw)) {
    if (member === undefined) continue;
    out[key] =
      TEXT_KEYS.includes(key) && isJsonObject(member) ? filled(member, title) : withGroup(member, title);
  }
  return out;
}

function filled(text: JsonObject, title: Readonly<Record<string, string>>): JsonObject {
  return Object.fromEntries(
    Object.entries(text).map(([language, words]) => [
      language,
      typeof words === 'string' ? words.replaceAll('{group}', title[language] ?? '{group}') : (words ?? null),
    ]),
  );
}
