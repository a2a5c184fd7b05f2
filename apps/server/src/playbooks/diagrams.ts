import { drawPlaybook, mermaidOf, type DiagramOptions, type Marks, type StepMark } from '@cordon/diagram';
import type { Machines } from '@cordon/engine';
import type { StepView } from '@cordon/runtime';

/** Drawings kept at once: one takes some hundred kilobytes. */
const MAX_KEPT = 32;

interface Library {
  machines(digest: string): Promise<Machines>;
}

/** Draws published playbooks: once per version, language, theme and width; a running incident's marks each time. */
export class Diagrams {
  private readonly kept = new Map<string, string>();

  constructor(private readonly library: Library) {}

  async svg(digest: string, options: DiagramOptions): Promise<string> {
    const { language, theme, width, marks } = options;
    const key = [digest, language, theme, width].join(' ');
    const known = marks ? undefined : this.kept.get(key);
    if (known !== undefined) return known;
    const drawn = drawPlaybook((await this.library.machines(digest)).plan, options);
    if (!marks) this.keep(key, drawn);
    return drawn;
  }

  async mermaid(digest: string, language: string): Promise<string> {
    return mermaidOf((await this.library.machines(digest)).plan, { language });
  }

  private keep(key: string, drawn: string): void {
    this.kept.set(key, drawn);
    const oldest = this.kept.size > MAX_KEPT ? this.kept.keys().next().value : undefined;
    if (oldest !== undefined) this.kept.delete(oldest);
  }
}

/** Where an incident stands, by step of its playbook; what is done per system is counted over the systems. */
export function marksOf(steps: readonly StepView[]): Marks {
  const byStep = new Map<string, StepView[]>();
  for (const step of steps) {
    const id = step.id.split('@')[0] ?? step.id;
    byStep.set(id, [...(byStep.get(id) ?? []), step]);
  }
  return Object.fromEntries([...byStep].map(([id, instances]) => [id, markOf(instances)]));
}

/** Of several systems the one that needs somebody soonest is shown. */
const BY_URGENCY = ['problem', 'failed', 'in_progress', 'ready', 'cannot_start', 'completed', 'skipped'] as const;

function markOf(instances: readonly StepView[]): StepMark {
  const status = BY_URGENCY.find((one) => instances.some((step) => step.status === one)) ?? 'cannot_start';
  const blocked = instances.find((step) => step.status === status)?.blockedBy[0]?.text;
  const perSystem = instances.some(({ system }) => system !== undefined);
  const done = instances.filter((step) => step.status === 'completed' || step.status === 'skipped').length;
  const round = Math.max(...instances.map((step) => step.round?.count ?? 0));
  return {
    status,
    ...(status === 'cannot_start' && blocked !== undefined ? { blocked } : {}),
    ...(perSystem ? { count: { done, of: instances.length } } : {}),
    ...(round > 0 ? { round: round + 1 } : {}),
  };
}
