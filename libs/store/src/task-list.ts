/** The inbox across incidents, and who has how much to do. */
import type { ReadStore, StoredTask, TaskFilter, VisibleTo, Workload } from '@cordon/runtime';
import type { DataSource, SelectQueryBuilder } from 'typeorm';
import { IncidentEntity, TaskEntity } from './entities/index.js';
import { instant } from './parameters.js';
import { taskRow, type RawTask } from './rows.js';
import { narrowToVisible } from './visibility.js';

/** Written out in the query, word for word as in the indexes' predicates: the planner must see that they fit. */
export const OPEN = `task.status IN ('ready', 'in_progress', 'problem')`;

const OF_TASK = [
  ...['step', 'phase', 'kind', 'system', 'status', 'roles', 'assignee', 'accepted', 'due_at'],
  ...['assigned_by', 'priority'],
] as const;
const OF_INCIDENT = ['severity', 'exercise', 'playbook_digest'] as const;

/** One query; two for a team, whose halves have an index each, and which are merged here. */
export async function listTasks(source: DataSource, filter: TaskFilter): Promise<readonly StoredTask[]> {
  const { team, ...rest } = filter;
  if (!team) return oneList(source, filter);
  const held = await oneList(source, { ...rest, assignees: team.people });
  const free = await oneList(source, { ...rest, unassigned: true, roles: team.roles });
  return [...held, ...free].sort(inboxOrder).slice(0, filter.limit);
}

function inboxOrder(a: StoredTask, b: StoredTask): number {
  const [dueA, dueB] = [a.dueAt ?? Infinity, b.dueAt ?? Infinity];
  if (dueA !== dueB) return dueA < dueB ? -1 : 1;
  if (a.incidentId !== b.incidentId) return a.incidentId - b.incidentId;
  return Buffer.compare(Buffer.from(a.step), Buffer.from(b.step));
}

async function oneList(source: DataSource, filter: TaskFilter): Promise<readonly StoredTask[]> {
  return (await taskQuery(source, filter).getRawMany<RawTask>()).map(taskRow);
}

/** The query of a list that is not a team's. */
function taskQuery(source: DataSource, filter: TaskFilter): SelectQueryBuilder<TaskEntity> {
  const select = source.manager
    .createQueryBuilder()
    .select('task.incident_id', 'incident_id')
    .from(TaskEntity, 'task')
    .innerJoin(IncidentEntity, 'incident', 'incident.id = task.incident_id')
    .limit(filter.limit);
  for (const name of OF_TASK) select.addSelect(`task.${name}`, name);
  select.addSelect('incident.title', 'incident_title');
  for (const name of OF_INCIDENT) select.addSelect(`incident.${name}`, name);
  // Tasks of nobody stand together in the index of assignees, in the inbox's order: this is how the planner sees it.
  if (filter.unassigned === true) select.addOrderBy('task.assignee');
  select.addOrderBy('task.due_at').addOrderBy('task.incident_id').addOrderBy('task.step');
  narrowTasks(select, filter);
  narrowToSeen(select, filter.visibleTo);
  return select;
}

/** Whoever sees only what they are a member of sees little: it is found from there, not by looking at every task. */
function narrowToSeen(select: SelectQueryBuilder<TaskEntity>, visibleTo: VisibleTo | undefined): void {
  if (visibleTo?.markings.length !== 0) {
    narrowToVisible(select, visibleTo);
    return;
  }
  select.andWhere(
    'task.incident_id IN (SELECT own.id FROM incident AS own WHERE own.members @> ARRAY[:viewer])',
    { viewer: visibleTo.person },
  );
}

function narrowTasks(select: SelectQueryBuilder<TaskEntity>, filter: TaskFilter): void {
  const { unaccepted, overdueAt, status, roles, priority, incidentId } = filter;
  if (status === undefined) select.andWhere(OPEN);
  // A literal again, for the sake of the partial indexes; only the known statuses are ever written into the text.
  else if (/^[a-z_]+$/.test(status)) select.andWhere(`task.status = '${status}'`);
  else select.andWhere('false');
  narrowToPeople(select, filter);
  if (unaccepted === true) select.andWhere('task.assignee IS NOT NULL AND NOT task.accepted');
  if (overdueAt !== undefined) select.andWhere('task.due_at < :overdueAt', { overdueAt: instant(overdueAt) });
  if (roles !== undefined) select.andWhere('task.roles && :roles', { roles });
  // Also a literal: the index leaves out what is normal. Only the known priorities are ever written into the text.
  if (priority !== undefined)
    select.andWhere(/^[a-z]+$/.test(priority) ? `task.priority = '${priority}'` : 'false');
  if (incidentId !== undefined) select.andWhere('task.incident_id = :incidentId', { incidentId });
  narrowToAfter(select, filter.after);
}

function narrowToPeople(
  select: SelectQueryBuilder<TaskEntity>,
  { assignee, assignees, assignedBy, unassigned }: TaskFilter,
): void {
  if (assignee !== undefined) select.andWhere('task.assignee = :assignee', { assignee });
  if (assignees !== undefined) select.andWhere('task.assignee = ANY (:assignees)', { assignees });
  if (unassigned === true) select.andWhere('task.assignee IS NULL');
  if (assignedBy !== undefined)
    select.andWhere('task.assigned_by = :assignedBy AND task.assignee <> :assignedBy', { assignedBy });
}

function narrowToAfter(select: SelectQueryBuilder<TaskEntity>, after: TaskFilter['after']): void {
  if (after === undefined) return;
  select.andWhere('(task.due_at, task.incident_id, task.step) > (:afterDueAt, :afterId, :afterStep)', {
    afterDueAt: instant(after.dueAt) ?? 'infinity',
    afterId: after.incidentId,
    afterStep: after.step,
  });
}

interface RawWorkload {
  readonly person: string;
  readonly open: number;
  readonly unaccepted: number;
  readonly overdue: number;
  readonly next_due: Date | number;
}

/** Counts whole shares: O(open tasks of the people on the page), in the order of the index of assignees. */
export async function workloadOf(
  source: DataSource,
  { now, limit, after, visibleTo }: Parameters<ReadStore['workload']>[0],
): Promise<readonly Workload[]> {
  const select = source.manager
    .createQueryBuilder()
    .select('task.assignee', 'person')
    .addSelect('count(*)::int', 'open')
    .addSelect('count(*) FILTER (WHERE NOT task.accepted)::int', 'unaccepted')
    .addSelect('count(*) FILTER (WHERE task.due_at < :now)::int', 'overdue')
    .addSelect('min(task.due_at)', 'next_due')
    .from(TaskEntity, 'task')
    .innerJoin(IncidentEntity, 'incident', 'incident.id = task.incident_id')
    .where(OPEN)
    .andWhere('task.assignee > :after', { after: after ?? '' })
    .setParameter('now', instant(now))
    .groupBy('task.assignee')
    .orderBy('task.assignee')
    .limit(limit);
  narrowToSeen(select, visibleTo);
  const rows = await select.getRawMany<RawWorkload>();
  return rows.map(({ next_due, ...row }) => ({
    ...row,
    ...(next_due instanceof Date && { nextDueAt: next_due.getTime() }),
  }));
}
