import { randomUUID } from 'node:crypto';
import { isJsonObject, type Json, type JsonObject } from '@cordon/kernel';
import { ApiError } from '../api/problem.js';
import type { ApiClient } from '../api/client.js';
import type { Incident } from '../api/shapes.js';
import { noHints, type PlaybookHints, readHints } from './playbook-hints.js';
import type { Scenario } from './scenario.js';

export interface OpenOptions {
  /** In place of the scenario's own times, RFC 3339: a demo's clocks count from now. */
  readonly awareAt?: string;
  readonly onsetAt?: string;
  readonly exercise?: boolean;
}

export interface Opened {
  readonly incident: Incident;
  readonly hints: PlaybookHints;
  /** Facts of the scenario that the playbook has no word for; they were left out. */
  readonly leftOut: readonly string[];
}

/** Opens the incident with what was known at the first alert: facts that are unknown, and systems found later, are not. */
export async function openIncident(
  api: ApiClient,
  scenario: Scenario,
  options: OpenOptions = {},
): Promise<Opened> {
  const before = await newestHints(api, scenario.playbook);
  const declared = before.facts;
  const left = new Set(declared ? Object.keys(scenario.facts).filter((fact) => !declared.has(fact)) : []);
  const incident = await openWith(api, scenario, options, left);
  const hints = await hintsOf(api, incident.playbook.id, incident.playbook.version);
  return { incident, hints: hints.facts ? hints : before, leftOut: [...left] };
}

/** A fact that the server does not take is left out, once, and told; any other refusal is thrown. */
async function openWith(
  api: ApiClient,
  scenario: Scenario,
  options: OpenOptions,
  left: Set<string>,
): Promise<Incident> {
  try {
    return await api.post<Incident>('/incidents', openingOf(scenario, options, left), randomUUID());
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 422) throw error;
    const refused = error.errors
      .map(({ pointer }) => /^\/facts\/([^/]+)/.exec(pointer)?.[1])
      .filter((id) => id !== undefined);
    if (refused.length === 0) throw error;
    refused.forEach((fact) => left.add(fact));
    return api.post<Incident>('/incidents', openingOf(scenario, options, left), randomUUID());
  }
}

function openingOf(scenario: Scenario, options: OpenOptions, left: ReadonlySet<string>): JsonObject {
  const known = Object.entries(scenario.facts).filter(
    ([fact, value]) => value !== 'unknown' && !left.has(fact),
  );
  const onsetAt = options.awareAt === undefined ? scenario.onsetAt : options.onsetAt;
  return {
    playbook: scenario.playbook,
    title: scenario.title,
    ...(scenario.summary === undefined ? {} : { summary: scenario.summary }),
    ...(scenario.severity === undefined ? {} : { severity: scenario.severity }),
    ...(scenario.organisation === undefined ? {} : { organisation: scenario.organisation }),
    awareAt: options.awareAt ?? scenario.awareAt,
    ...(onsetAt === undefined ? {} : { onsetAt }),
    facts: Object.fromEntries(known),
    systems: scenario.systems.filter(({ foundLater }) => !foundLater).map(systemData),
    ...(options.exercise === undefined ? {} : { exercise: options.exercise }),
  };
}

export function systemData({ id, name, kind }: Scenario['systems'][number]): JsonObject {
  return { id, name, ...(kind === undefined ? {} : { kind }) };
}

/** Hints of the version that would be used: the last one that the library lists. */
async function newestHints(api: ApiClient, playbook: string): Promise<PlaybookHints> {
  const library = await api.get<Json>('/playbooks').catch(ignoreRefusal);
  const items = isJsonObject(library) ? library['items'] : library;
  const found = Array.isArray(items)
    ? (items as Json[]).filter(isJsonObject).filter(({ id }) => id === playbook)
    : [];
  const version = versionOf(found[0]);
  return version === undefined ? noHints : hintsOf(api, playbook, version);
}

function versionOf(item: JsonObject | undefined): string | undefined {
  const listed = item?.['versions'];
  const last = Array.isArray(listed) ? (listed as Json[])[0] : undefined;
  const version = item?.['version'] ?? (isJsonObject(last) ? last['version'] : last);
  return typeof version === 'string' ? version : undefined;
}

async function hintsOf(api: ApiClient, id: string, version: string): Promise<PlaybookHints> {
  const path = `/playbooks/${encodeURIComponent(id)}/versions/${encodeURIComponent(version)}/source`;
  const source = await api.text(path).catch(ignoreRefusal);
  return typeof source === 'string' ? readHints(source) : noHints;
}

/** Hints are a convenience: a refusal only costs them. */
function ignoreRefusal(error: unknown): undefined {
  if (error instanceof ApiError) return undefined;
  throw error;
}
