import { inLanguage } from '@cordon/engine';
import { toIso } from '@cordon/kernel';
import type { Plan } from '@cordon/playbook';
import type { StoredTask } from './ports.js';
import { refOf, type TaskView } from './views.js';

export function taskView(row: StoredTask, plan: Plan, language: string): TaskView {
  const step = plan.steps.get(row.step.split('@')[0] ?? '')?.step;
  const ref = refOf(row.incidentId);
  return {
    id: `${ref}/${row.step}`,
    incident: ref,
    incidentTitle: row.incidentTitle,
    ...(row.severity === undefined ? {} : { severity: row.severity }),
    exercise: row.exercise,
    step: row.step,
    title: step ? inLanguage(step.title, language) : row.step,
    phase: row.phase,
    kind: row.kind,
    ...(row.system === undefined ? {} : { system: row.system }),
    status: row.status,
    roles: row.roles,
    assignee: row.assignee ?? null,
    accepted: row.accepted,
    ...(row.assignedBy === undefined ? {} : { assignedBy: row.assignedBy }),
    priority: row.priority ?? 'normal',
    dueAt: row.dueAt === undefined ? null : toIso(row.dueAt),
  };
}
