/** A scenario: the facts of one case, as files under `playbooks/scenarios/` hold them. */
import { fromIso, isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { parseDocument } from 'yaml';
import { CliError, exitCodes } from '../exit-codes.js';

export interface ScenarioSystem {
  readonly id: string;
  readonly name: string;
  readonly kind?: string;
  /** Found when the response was under way already. */
  readonly foundLater: boolean;
}

export interface Scenario {
  readonly id: string;
  readonly title: string;
  readonly playbook: string;
  readonly summary?: string;
  readonly severity?: string;
  readonly organisation?: JsonObject;
  /** RFC 3339 with offset. */
  readonly awareAt: string;
  /** Absent while unknown. */
  readonly onsetAt?: string;
  /** `unknown` is a value. */
  readonly facts: Readonly<Record<string, Json>>;
  readonly systems: readonly ScenarioSystem[];
  /** How many people or organisations are to be told, where the case says so. */
  readonly affectedParties?: number;
  readonly expect: Readonly<Record<string, Json>>;
}

/** Reads a scenario; throws CliError (usage) that names the file and the field. Fields it does not know are left alone. */
export function parseScenario(text: string, file: string): Scenario {
  const document = parseDocument(text);
  const [error] = document.errors;
  if (error) throw wrong(file, `is not YAML: ${error.message.split('\n')[0]}`);
  const root = document.toJS() as unknown;
  if (!isJsonObject(root))
    throw wrong(file, 'is not a scenario: a mapping with id, title and playbook is expected');
  const timeline = mapping(root, 'timeline', file);
  const onsetAt = timeline['onset'] === 'unknown' ? undefined : instant(timeline, 'onset', file);
  const awareAt = instant(timeline, 'aware', file);
  const parties = partiesOf(mapping(root, 'affectedParties', file));
  if (awareAt === undefined)
    throw wrong(file, 'lacks timeline.aware: the time at which the organisation became aware');
  return {
    id: needed(root, 'id', file),
    title: needed(root, 'title', file),
    playbook: needed(root, 'playbook', file),
    ...optional(root, 'summary'),
    ...optional(root, 'severity'),
    ...(isJsonObject(root['organisation']) ? { organisation: root['organisation'] } : {}),
    awareAt,
    ...(onsetAt === undefined ? {} : { onsetAt }),
    facts: mapping(root, 'facts', file),
    systems: systemsOf(root['affectedSystems'] ?? [], file),
    ...(parties === undefined ? {} : { affectedParties: parties }),
    expect: mapping(root, 'expect', file),
  };
}

function systemsOf(value: Json, file: string): ScenarioSystem[] {
  if (!Array.isArray(value)) throw wrong(file, 'must hold a list in affectedSystems');
  return value.map((item: unknown) => {
    if (!isJsonObject(item)) throw wrong(file, 'must hold {id, name} in each item of affectedSystems');
    const id = needed(item, 'id', file, 'affectedSystems.');
    const name = typeof item['name'] === 'string' ? item['name'] : id;
    return { id, name, ...optional(item, 'kind'), foundLater: item['foundLater'] === true };
  });
}

/** The count, or else the sum of its groups where each of them has one. */
function partiesOf({ count, groups }: JsonObject): number | undefined {
  if (typeof count === 'number') return count;
  if (!Array.isArray(groups) || groups.length === 0) return undefined;
  const counts = (groups as Json[]).map((group) => (isJsonObject(group) ? group['count'] : undefined));
  return counts.every((one) => typeof one === 'number') ? counts.reduce((a, b) => a + b, 0) : undefined;
}

function mapping(of: JsonObject, name: string, file: string): JsonObject {
  const value = of[name] ?? {};
  if (!isJsonObject(value)) throw wrong(file, `must hold a mapping in ${name}`);
  return value;
}

function needed(of: JsonObject, name: string, file: string, under = ''): string {
  const value = of[name];
  if (typeof value !== 'string' || value === '') throw wrong(file, `lacks ${under}${name}`);
  return value;
}

function optional<N extends string>(of: JsonObject, name: N): Partial<Record<N, string>> {
  const value = of[name];
  return typeof value === 'string' ? ({ [name]: value } as Record<N, string>) : {};
}

function instant(timeline: JsonObject, name: string, file: string): string | undefined {
  const value = timeline[name];
  if (value === undefined) return undefined;
  if (typeof value === 'string' && fromIso(value) !== undefined) return value;
  throw wrong(
    file,
    `must give timeline.${name} as a date and time with its offset, like "2025-02-22T10:00:00+08:00"`,
  );
}

function wrong(file: string, what: string): CliError {
  return new CliError(`The scenario ${file} ${what}.`, exitCodes.usage);
}
