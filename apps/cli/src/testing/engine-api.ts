/** The API over the engine alone, in memory: the shipped playbooks decide, and nothing else is there. */
import {
  acceptedBy,
  acceptedByIncident,
  type Actor,
  type Blocker,
  closeBlockers,
  compileMachines,
  decide,
  formSchema,
  type IncidentState,
  instances,
  type Instance,
  type Machines,
  openState,
  phaseStatuses,
  statusOf,
  whyLocked,
} from '@cordon/engine';
import { fromIso, type Json, type JsonObject } from '@cordon/kernel';
import { factValue, parsePlaybook } from '@cordon/playbook';
import type { ApiClient } from '../api/client.js';
import { ApiError } from '../api/problem.js';

export class EngineApi {
  readonly rejections: string[] = [];
  private machines: Machines | undefined;
  private state: IncidentState | undefined;
  private at = 0;
  private people = new Map<string, Actor>();

  constructor(private readonly source: string) {}

  client(token: string): ApiClient {
    const actor = this.people.get(token) ?? { type: 'person' as const, id: token, roles: ['administrator'] };
    return {
      get: <T>(path: string) => this.later(() => this.read(path) as T),
      text: () => this.later(() => this.source),
      stream: () => Promise.reject(new Error('there is no history here')),
      post: <T>(path: string, body: Json) =>
        this.later(() => this.write(path, body as JsonObject, actor) as T),
      delete: () => Promise.resolve(),
      as: (other) => this.client(other),
    };
  }

  private later<T>(work: () => T): Promise<T> {
    return Promise.resolve().then(work);
  }

  private read(path: string): unknown {
    if (path === '/playbooks') return { items: [] };
    const { machines, state } = this.opened();
    if (path.endsWith('/steps'))
      return { items: instances(machines.plan, state).map((one) => this.stepView(one)) };
    return this.view();
  }

  private write(path: string, body: JsonObject, actor: Actor): unknown {
    if (path === '/tokens') {
      const id = body['name'] as string;
      this.people.set(id, { type: 'person', id, roles: body['roles'] as string[] });
      return { id, token: id };
    }
    return path === '/incidents' ? this.open(body) : this.submit(body, actor);
  }

  private open(body: JsonObject): JsonObject {
    const { playbook, findings } = parsePlaybook(this.source);
    if (!playbook) throw new Error(JSON.stringify(findings));
    const known = new Set(playbook.facts.map(({ id }) => id));
    const errors = Object.keys(body['facts'] as JsonObject)
      .filter((fact) => !known.has(fact))
      .map((fact) => ({ pointer: `/facts/${fact}`, message: 'unknown' }));
    if (errors.length > 0) throw new ApiError(422, 'invalid_request', 'unknown facts', [], errors);
    this.at = fromIso(body['awareAt'] as string) ?? 0;
    this.machines = compileMachines(playbook, 'digest');
    const opening = {
      ...body,
      openedAt: this.at,
      at: this.at,
      awareAt: this.at,
      onsetAt: undefined,
      by: 'opener',
    };
    this.state = openState(this.machines, opening as unknown as Parameters<typeof openState>[1]).state;
    return this.view();
  }

  private submit(body: JsonObject, actor: Actor): JsonObject {
    const { machines, state } = this.opened();
    this.at += 1_000;
    const event = body as unknown as Parameters<typeof decide>[2];
    const decision = decide(machines, state, event, actor, this.at);
    if (decision.outcome === 'accepted') this.state = decision.state;
    else {
      const { rejection } = decision;
      this.rejections.push(`${actor.id} ${event.type} ${event.step ?? ''}: ${JSON.stringify(rejection)}`);
      const status = { forbidden: 403, event_not_accepted: 409, invalid_event: 422 }[rejection.code];
      const blockers = 'blockedBy' in rejection ? rejection.blockedBy : [];
      throw new ApiError(status, rejection.code, JSON.stringify(rejection), blockers.map(withText));
    }
    return {};
  }

  private view(): JsonObject {
    const { machines, state } = this.opened();
    const { facts, phases } = machines.plan.playbook;
    const statuses = phaseStatuses(machines.plan, state.value);
    return {
      ref: 'INC-1',
      status: state.status,
      playbook: { id: 'p', version: '1.0.0' },
      phases: phases.map(({ id }) => ({ id, title: id, status: statuses.get(id) ?? 'not_started' })),
      facts: Object.fromEntries(facts.map(({ id }) => [id, factValue(state.facts, id) ?? 'unknown'])),
      systems: Object.entries(state.systems).map(([id, { life }]) => ({ id, name: id, state: life })),
      accepts: acceptedByIncident(machines.plan, state),
      closeBlockedBy: closeBlockers(machines.plan, state).map(withText),
    };
  }

  private stepView(one: Instance): JsonObject {
    const { machines, state } = this.opened();
    const { step, phase, anytime } = one.planned;
    const form = formSchema(step, 'en');
    return {
      id: one.id,
      phase,
      kind: step.kind,
      title: one.id,
      status: statusOf(one.record),
      roles: step.roles,
      accepts: acceptedBy(one, state),
      ...(form ? { form } : {}),
      ...(anytime ? { anytime } : {}),
      ...(step.evidence ? { evidence: { count: state.evidence?.[one.id] ?? 0, of: step.evidence.min } } : {}),
      ...(step.kind === 'decision' ? { options: step.answers.map(({ id }) => ({ id, title: id })) } : {}),
      blockedBy: whyLocked(machines.plan, state, one).map(withText),
    };
  }

  private opened(): { machines: Machines; state: IncidentState } {
    if (!this.machines || !this.state) throw new Error('no incident has been opened');
    return { machines: this.machines, state: this.state };
  }
}

function withText(blocker: Blocker) {
  return { ...blocker, text: JSON.stringify(blocker) };
}
