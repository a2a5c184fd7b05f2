/** Opening an incident: check what is given against the playbook, then one write with its first entry. */
import { genesisHash } from '@cordon/audit';
import { canonicalJson, fromIso, isJsonObject, type Clock, type Json, type JsonObject } from '@cordon/kernel';
import {
  asksAfter,
  factProblem,
  normalFact,
  openState,
  reachOf,
  rolesThatMay,
  SYSTEM_ID,
  type Actor,
  type FieldError,
  type Machines,
} from '@cordon/engine';
import { changesBetween, listingOf } from './changes.js';
import { sealRow } from './entries.js';
import type { Library } from './library.js';
import type { DoorStore, IncidentId, StoredPlaybook } from './ports.js';
import { openingOf } from './replay.js';
import { requestHash } from './request.js';
import type { Answer, OpenCommand } from './views.js';

export interface OpenDependencies {
  readonly store: DoorStore;
  readonly library: Library;
  readonly clock: Clock;
  readonly log: string;
  readonly salt: () => string;
  readonly newUid: () => string;
}

/** How far ahead of our clock a reported moment may be, for clocks that differ. */
const CLOCK_TOLERANCE_MS = 5 * 60_000;

export async function openIncident(
  deps: OpenDependencies,
  command: OpenCommand,
  actor: Actor,
): Promise<Answer<{ readonly id: IncidentId }>> {
  if (reachOf('incident.open', actor.roles) === undefined) {
    return { ok: false, refusal: { code: 'forbidden', needs: rolesThatMay('incident.open'), blockedBy: [] } };
  }
  const playbook = await deps.library.find(command.playbook, command.version);
  if (!playbook) {
    const known = (await deps.library.list()).map((one) => `${one.id} ${one.version}`);
    return { ok: false, refusal: { code: 'unknown_playbook', known } };
  }
  const machines = await deps.library.machines(playbook.digest);
  const now = deps.clock.now();
  const errors = openingErrors(machines, command, now);
  if (errors.length > 0) return { ok: false, refusal: { code: 'invalid_event', errors } };
  const { key: _key, ...request } = command;
  const hash = requestHash({ ...request });
  const opened = await deps.store.open(newIncident(deps, machines, playbook, command, actor, hash, now));
  if (opened.outcome === 'known' && !Buffer.from(opened.requestHash).equals(hash))
    return { ok: false, refusal: { code: 'key_reused' } };
  return { ok: true, value: { id: opened.id } };
}

function openingErrors({ plan }: Machines, command: OpenCommand, now: number): readonly FieldError[] {
  const errors: FieldError[] = [];
  const moment = (field: 'awareAt' | 'onsetAt'): void => {
    const text = command[field];
    if (text === undefined) return;
    const at = fromIso(text);
    if (at === undefined)
      errors.push({
        pointer: `/${field}`,
        message: `${field} is a date and time with its offset, such as 2026-03-24T10:00:00+08:00`,
      });
    else if (at > now + CLOCK_TOLERANCE_MS)
      errors.push({ pointer: `/${field}`, message: `${field} lies in the future` });
  };
  moment('awareAt');
  moment('onsetAt');
  const facts = new Map(plan.playbook.facts.map((fact) => [fact.id, fact]));
  for (const [id, value] of Object.entries(command.facts ?? {})) {
    const fact = facts.get(id);
    const problem = fact
      ? factProblem(fact, value)
      : `the playbook has no fact "${id}"; it has ${[...facts.keys()].join(', ')}`;
    if (problem) errors.push({ pointer: `/facts/${id}`, message: problem });
  }
  const seen = new Set<string>();
  (command.systems ?? []).forEach(({ id }, i) => {
    if (!SYSTEM_ID.test(id))
      errors.push({
        pointer: `/systems/${i}/id`,
        message: 'use up to 64 letters, digits, dots, hyphens or underscores',
      });
    if (seen.has(id))
      errors.push({ pointer: `/systems/${i}/id`, message: `the system "${id}" is listed twice` });
    seen.add(id);
  });
  return errors;
}

function newIncident(
  deps: OpenDependencies,
  machines: Machines,
  playbook: StoredPlaybook,
  command: OpenCommand,
  actor: Actor,
  hash: Uint8Array,
  now: number,
): Parameters<DoorStore['open']>[0] {
  const uid = deps.newUid();
  const { key, playbook: _playbook, version: _version, facts, systems, ...about } = command;
  const given = Object.entries(facts ?? {}).map(([id, value]): [string, Json] => [
    id,
    normalFact(machines.plan, id, value),
  ]);
  const data: JsonObject = {
    ...plain(about),
    playbook: { id: playbook.id, version: playbook.version },
    facts: Object.fromEntries(given),
    systems: (systems ?? []).map((system) => plain(system)),
    exercise: command.exercise === true,
  };
  const { state, effects } = openState(machines, openingOf(data, actor.id, now));
  const stateText = canonicalJson(state);
  const entry = sealRow(
    {
      kind: 'opened',
      uid,
      log: deps.log,
      seq: 1,
      revision: 1,
      prev: genesisHash(uid),
      at: now,
      actor,
      type: 'incident.opened',
      data,
      from: null,
      to: state.value,
      playbookDigest: playbook.digest,
      stateText,
    },
    deps.salt,
  );
  const { tasks, timersSet } = changesBetween(machines, undefined, state);
  const asked = asksAfter(machines.plan, undefined, state, 1, effects);
  return {
    uid,
    playbookId: playbook.id,
    playbookVersion: playbook.version,
    playbookDigest: playbook.digest,
    title: command.title,
    ...(command.summary === undefined ? {} : { summary: command.summary }),
    ...(command.severity === undefined ? {} : { severity: command.severity }),
    ...(command.organisation === undefined ? {} : { organisation: command.organisation }),
    exercise: command.exercise === true,
    openedBy: actor.id,
    openedAt: now,
    ...(state.onsetAt === undefined ? {} : { onsetAt: state.onsetAt }),
    eventKey: key,
    requestHash: hash,
    state: stateText,
    listing: listingOf(machines, state),
    revision: 1,
    entries: [entry],
    tasks,
    timersSet,
    effects: [...effects, ...asked].map((effect) => ({ seq: 1, effect })),
  };
}

function plain(value: object): JsonObject {
  const copy: unknown = JSON.parse(JSON.stringify(value));
  return isJsonObject(copy) ? copy : {};
}
