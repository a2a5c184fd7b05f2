/** The callers' side: events that are always accepted, in process and over HTTP. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'node:http';
import { idOfRef, publishPlaybook, type IncidentId, type Runtime } from '@cordon/runtime';
import type { Store } from '@cordon/store';
import { BENCH_PLAYBOOK, LAP } from './playbook.js';

const ACTOR = { type: 'person' as const, id: '00000000-0000-7000-8000-000000000001', roles: ['coordinator'] };

export async function openIncidents(
  cordon: Runtime,
  store: Store,
  count: number,
): Promise<readonly IncidentId[]> {
  const published = await publishPlaybook(store.playbooks, BENCH_PLAYBOOK, Date.now());
  if (published.findings.length > 0) throw new Error(JSON.stringify(published.findings));
  const ids: IncidentId[] = [];
  const awareAt = new Date().toISOString();
  for (let from = 0; from < count; from += 50) {
    const answers = await Promise.all(
      Array.from({ length: Math.min(50, count - from) }, (_, i) =>
        cordon.openIncident(
          { key: randomUUID(), playbook: 'bench', title: `Bench ${from + i}`, awareAt },
          ACTOR,
        ),
      ),
    );
    for (const answer of answers) {
      const id = answer.ok ? idOfRef(answer.value.ref) : undefined;
      if (id === undefined) throw new Error('an incident of the benchmark could not be opened');
      ids.push(id);
    }
  }
  return ids;
}

/** Keeps, per incident, where in the lap it is; each caller has incidents of its own. */
export class Laps {
  private readonly position = new Map<IncidentId, number>();
  private keys = 0;

  constructor(private readonly incidents: readonly IncidentId[]) {}

  next(
    caller: number,
    callers: number,
  ): { readonly id: IncidentId; readonly key: string; readonly event: (typeof LAP)[number] } {
    const own = Math.floor(this.incidents.length / callers);
    const id = this.incidents[caller * own + Math.floor(Math.random() * own)];
    if (id === undefined) throw new Error('more callers than incidents');
    const at = this.position.get(id) ?? 0;
    this.position.set(id, at + 1);
    const event = LAP[at % LAP.length];
    if (!event) throw new Error('a lap has events');
    this.keys += 1;
    return { id, key: `bench-${process.pid}-${this.keys}`, event };
  }
}

export function inProcess(cordon: Runtime, laps: Laps, callers: number): (caller: number) => Promise<void> {
  return async (caller) => {
    const { id, key, event } = laps.next(caller, callers);
    const answer = await cordon.submitEvent(id, { key, ...event }, ACTOR);
    if (!answer.ok) throw new Error(`refused: ${JSON.stringify(answer.refusal)}`);
  };
}

/** Every caller on the same incident: facts are set, each time to something new, so the machine has to move. */
export function hotIncident(
  cordon: Runtime,
  id: IncidentId,
): (caller: number, turn: number) => Promise<void> {
  // Each run has keys of its own: a key used again would be answered from the history, not written.
  const run = randomUUID();
  let count = 0;
  return async () => {
    count += 1;
    const event = {
      key: `${run}-${count}`,
      type: 'fact.set',
      data: { fact: 'note', value: `note ${count} of ${run}` },
    };
    const answer = await cordon.submitEvent(id, event, ACTOR);
    if (!answer.ok) throw new Error(`refused: ${JSON.stringify(answer.refusal)}`);
  };
}

export function overHttp(
  url: string,
  token: string,
  laps: Laps,
  callers: number,
): (caller: number) => Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: callers });
  const { hostname, port } = new URL(url);
  return (caller) => {
    const { id, key, event } = laps.next(caller, callers);
    const body = JSON.stringify(event);
    const headers = {
      authorization: `Bearer ${token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'idempotency-key': key,
    };
    return new Promise((resolve, reject) => {
      const sent = request(
        { agent, hostname, port, method: 'POST', path: `/api/v1/incidents/INC-${id}/events`, headers },
        (response) => {
          response.resume();
          response.on('end', () =>
            response.statusCode === 200 || response.statusCode === 201
              ? resolve()
              : reject(new Error(`HTTP ${response.statusCode ?? 0}`)),
          );
        },
      );
      sent.on('error', reject);
      sent.end(body);
    });
  };
}
