import type { Json, JsonObject } from '@cordon/kernel';
import { historyLine, type HistoryLine } from './history-line.js';

export class Refusal extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly extra: JsonObject = {},
  ) {
    super(message);
  }
}

interface FakeStep {
  readonly id: string;
  readonly phase: string;
  readonly kind: string;
  readonly roles: readonly string[];
  readonly needsFact?: string;
  readonly form?: JsonObject;
  readonly options?: readonly { id: string; title: string }[];
}

const yesNo = { type: 'string', enum: ['yes', 'no', 'unknown'] };

/** Done in this order, one after the other. */
const STEPS: readonly FakeStep[] = [
  {
    id: 'assess',
    phase: 'contain',
    kind: 'task',
    roles: ['responder'],
    form: {
      type: 'object',
      required: ['personal', 'what'],
      properties: {
        personal: { ...yesNo, 'x-fact': 'personalData' },
        what: { type: 'string', minLength: 1, title: 'What' },
      },
    },
  },
  { id: 'isolate@crm', phase: 'isolate', kind: 'task', roles: ['system-owner'] },
  { id: 'warn', phase: 'isolate', kind: 'action', roles: ['coordinator'] },
  {
    id: 'is-clean',
    phase: 'restore',
    kind: 'decision',
    roles: ['responder'],
    options: [
      { id: 'infected', title: 'Infected' },
      { id: 'clean', title: 'Clean' },
    ],
  },
  { id: 'approve-restore', phase: 'restore', kind: 'approval', roles: ['responder', 'approver'] },
  { id: 'tell', phase: 'review', kind: 'notice', roles: ['privacy-officer'], needsFact: 'personalData' },
];

export class FakeIncident {
  readonly entries: HistoryLine[] = [];
  /** What was sent, entry by entry. */
  readonly received: JsonObject[] = [];
  readonly by = new Map<string, string>();
  readonly outputs = new Map<string, JsonObject>();
  /** What an opening was given. */
  opening: JsonObject | undefined;
  status = 'open';
  private readonly statuses = new Map<string, string>();
  private readonly known = new Map<string, JsonObject>();
  private readonly facts: Record<string, Json> = { personalData: 'unknown', malicious: 'unknown' };
  private readonly systems: { id: string; name: string; state: string }[] = [];
  /** Facts that openings are refused for. */
  refuseFacts: readonly string[] = [];
  /** How often the steps were read while the action was under way. */
  private polls = 0;

  readonly source = [
    'facts:',
    '  - {id: personalData, type: yesno}',
    '  - {id: malicious, type: yesno}',
    'phases:',
    '  - id: restore',
    '    steps:',
    '      - decision: is-clean',
    '        answers: [{id: infected, repeat: assess}, {id: clean}]',
    '      - {approval: approve-restore, covers: [is-clean]}',
  ].join('\n');

  open(body: JsonObject): JsonObject {
    const facts = (body['facts'] ?? {}) as JsonObject;
    const unknown = Object.keys(facts).filter((fact) => this.refuseFacts.includes(fact));
    if (unknown.length > 0) {
      const errors = unknown.map((fact) => ({ pointer: `/facts/${fact}`, message: 'unknown fact' }));
      throw new Refusal(422, 'The facts do not fit', { code: 'invalid_request', errors });
    }
    this.opening = body;
    Object.assign(this.facts, facts);
    for (const system of (body['systems'] ?? []) as { id: string; name: string }[])
      this.systems.push({ ...system, state: 'affected' });
    this.append('opened', 'opener', { type: 'incident.open' });
    return this.view();
  }

  view(): JsonObject {
    const phases = [...new Set(STEPS.map(({ phase }) => phase))].map((id) => ({
      id,
      title: id,
      status: this.phaseStatus(id),
    }));
    const done = STEPS.every(({ id }) => this.statusOf(id) === 'completed');
    return {
      ref: 'INC-1',
      title: 'A case',
      status: this.status,
      revision: this.entries.length,
      playbook: { id: 'small', version: '1.0.0' },
      phases,
      facts: { ...this.facts },
      systems: this.systems.map((system) => ({ ...system })),
      awareAt: '2025-02-22T02:00:00.000Z',
      accepts: done && this.status === 'open' ? ['incident.close'] : [],
      closeBlockedBy: [],
    };
  }

  steps(): JsonObject[] {
    const current = STEPS.find(({ id }) => this.statusOf(id) !== 'completed');
    if (current?.kind === 'action' && (this.polls += 1) > 2) this.statuses.set(current.id, 'problem');
    return STEPS.map((step) => {
      const blocked = this.blockedBy(step);
      const status =
        this.statusOf(step.id) === 'completed'
          ? 'completed'
          : step === current && blocked.length === 0
            ? this.openStatus(step)
            : 'cannot_start';
      return {
        id: step.id,
        phase: step.phase,
        kind: step.kind,
        title: step.id,
        mandatory: true,
        status,
        roles: [...step.roles],
        accepts: status === 'completed' || status === 'cannot_start' ? [] : acceptsOf(step, status),
        ...(step.form ? { form: step.form } : {}),
        ...(step.options ? { options: step.options } : {}),
        blockedBy: blocked,
      };
    });
  }

  submit(key: string, who: string, roles: readonly string[], event: JsonObject): JsonObject {
    const before = this.known.get(`${who} ${key}`);
    if (before) return before;
    try {
      this.apply(who, roles, event);
    } catch (error) {
      if (error instanceof Refusal) this.append('rejection', who, event);
      throw error;
    }
    this.append('transition', who, event);
    const answer = { ref: 'INC-1', revision: this.entries.length };
    this.known.set(`${who} ${key}`, answer);
    return answer;
  }

  export(): string {
    return this.entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
  }

  private apply(who: string, roles: readonly string[], event: JsonObject): void {
    const data = (event['data'] ?? {}) as JsonObject;
    if (event['type'] === 'fact.set')
      return void (this.facts[data['fact'] as string] = data['value'] ?? 'unknown');
    if (event['type'] === 'system.add')
      return void this.systems.push({
        id: data['id'] as string,
        name: data['name'] as string,
        state: 'returned',
      });
    if (event['type'] === 'incident.close') return void (this.status = 'closed');
    const step = this.steps().find(({ id }) => id === event['step']);
    const accepts = (step?.['accepts'] ?? []) as string[];
    if (!step || !accepts.includes(event['type'] as string)) {
      throw new Refusal(409, 'Not now', { code: 'event_not_accepted', accepted: accepts, blockedBy: [] });
    }
    this.mustBeAllowed(step, who, roles);
    const id = step['id'] as string;
    if (event['type'] === 'step.start') return void this.statuses.set(id, 'in_progress');
    this.complete(id, who, (data['output'] ?? {}) as JsonObject);
  }

  private mustBeAllowed(step: JsonObject, who: string, roles: readonly string[]): void {
    const may = roles.some((role) =>
      ['administrator', 'coordinator', ...(step['roles'] as string[])].includes(role),
    );
    if (!may) throw new Refusal(403, 'Your role does not allow this', { code: 'forbidden', blockedBy: [] });
    if (step['kind'] === 'approval' && this.by.get('is-clean') === who) {
      throw new Refusal(409, 'Your own work', {
        code: 'event_not_accepted',
        blockedBy: [{ code: 'own_work', text: 'You did it yourself.' }],
      });
    }
  }

  private complete(id: string, who: string, output: JsonObject): void {
    if (id === 'is-clean' && output['answer'] === 'infected') return void this.statuses.clear();
    this.statuses.set(id, 'completed');
    this.by.set(id, who);
    this.outputs.set(id, output);
    if (id === 'assess') this.facts['personalData'] = output['personal'] ?? 'unknown';
    if (id === 'isolate@crm') this.systems.forEach((system) => (system.state = 'returned'));
  }

  private blockedBy({ needsFact }: FakeStep): JsonObject[] {
    if (needsFact === undefined || this.facts[needsFact] !== 'unknown') return [];
    return [{ code: 'fact_unknown', fact: needsFact, text: `It is not known whether ${needsFact}.` }];
  }

  private openStatus(step: FakeStep): string {
    return this.statuses.get(step.id) ?? (step.kind === 'action' ? 'in_progress' : 'ready');
  }

  private statusOf(id: string): string {
    return this.statuses.get(id) ?? 'ready';
  }

  private phaseStatus(phase: string): string {
    const statuses = STEPS.filter((step) => step.phase === phase).map(({ id }) => this.statusOf(id));
    if (statuses.every((status) => status === 'completed')) return 'completed';
    return statuses.some((status) => status !== 'ready') ? 'active' : 'not_started';
  }

  private append(kind: string, who: string, event: JsonObject): void {
    this.received.push(event);
    const type = typeof event['type'] === 'string' ? event['type'] : '';
    this.entries.push(historyLine(this.entries.at(-1), { kind, who, type }));
  }
}

function acceptsOf(step: FakeStep, status: string): string[] {
  if (step.kind === 'approval') return ['approval.approve', 'approval.refuse'];
  if (step.kind === 'action') return status === 'problem' ? ['step.complete'] : [];
  return status === 'ready' ? ['step.start', 'step.complete'] : ['step.complete'];
}
