/** Who does a step: people and groups among the agents become roles; what a machine would do, a responder does. */
import type { JsonObject } from '@cordon/kernel';
import { objectOf, pointerOf, shorten, textOf, type CacaoDocument, type Findings } from './document.js';
import { Names, slug } from './names.js';

export interface ImportedRole {
  readonly id: string;
  readonly title: string;
}

const PEOPLE = new Set(['individual', 'group', 'organization']);

/** Whoever does what no agent of the document is named for. */
export const RESPONDER: ImportedRole = { id: 'responder', title: 'Responder' };

/** These may do every step anyhow; a role of the document does not take their names. */
const TAKEN = ['administrator', 'coordinator', RESPONDER.id];

export class Roles {
  private readonly byAgent = new Map<string, ImportedRole>();

  constructor(
    private readonly document: CacaoDocument,
    private readonly findings: Findings,
  ) {
    const agents = objectOf(document, 'agent_definitions');
    const names = new Names(TAKEN);
    const byName = new Map<string, ImportedRole>();
    for (const id of Object.keys(agents ?? {})) {
      const agent = objectOf(agents, id);
      if (!agent || !PEOPLE.has(textOf(agent, 'type') ?? '')) continue;
      const title = shorten(textOf(agent, 'name') ?? id, 200);
      const role = byName.get(title) ?? { id: names.claim(slug(title, 40) || 'agent'), title };
      byName.set(title, role);
      this.byAgent.set(id, role);
    }
  }

  /** The role of the step's agent. A named agent that is not defined is a finding. */
  roleOf(stepId: string, step: JsonObject): ImportedRole {
    const agent = textOf(step, 'agent');
    if (agent === undefined) return RESPONDER;
    if (!this.definition(agent)) {
      const message = 'the agent is not defined in the document: a responder does the step';
      this.findings.add('warning', pointerOf('workflow', stepId, 'agent'), message);
    }
    return this.byAgent.get(agent) ?? RESPONDER;
  }

  /** The definition of an agent or target, wherever the document keeps it. */
  definition(id: string): JsonObject | undefined {
    return (
      objectOf(objectOf(this.document, 'agent_definitions'), id) ??
      objectOf(objectOf(this.document, 'target_definitions'), id)
    );
  }

  all(): readonly ImportedRole[] {
    const seen = new Map([
      [RESPONDER.id, RESPONDER],
      ...[...this.byAgent.values()].map((r) => [r.id, r] as const),
    ]);
    return [...seen.values()];
  }
}
