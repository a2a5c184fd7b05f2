import type {
  IncidentFilter,
  IncidentId,
  IncidentRow,
  ReadStore,
  StoredEntry,
  StoredTask,
  TaskFilter,
  Workload,
  VisibleTo,
} from '@cordon/runtime';
import { frozenCopy } from '../frozen.js';
import type { MemoryIncident, MemoryTables } from './tables.js';

const OPEN: ReadonlySet<string> = new Set(['ready', 'in_progress', 'problem']);
const MAX_WORDS = 8;

/** Lists and histories, by looking at everything. */
export class MemoryReads implements ReadStore {
  constructor(private readonly tables: MemoryTables) {}

  async incident(id: IncidentId): Promise<IncidentRow | undefined> {
    return frozenCopy(this.tables.incidents.get(id)?.row);
  }

  async incidents(filter: IncidentFilter): Promise<readonly IncidentRow[]> {
    const rows = [...this.tables.incidents.values()].filter((incident) => fits(incident, filter));
    rows.sort((a, b) => b.row.id - a.row.id);
    return frozenCopy(rows.slice(0, filter.limit).map(({ row }) => row));
  }

  async showsAll(visibleTo: VisibleTo): Promise<boolean> {
    return [...this.tables.incidents.values()].every(({ row }) => isVisible(row, visibleTo));
  }

  async tasks(filter: TaskFilter): Promise<readonly StoredTask[]> {
    const seen = [...this.tables.incidents.values()].filter(({ row }) => isVisible(row, filter.visibleTo));
    const tasks = seen.flatMap(({ row, tasks }) =>
      [...tasks.values()].map((task): StoredTask => ({
        ...task,
        incidentId: row.id,
        incidentTitle: row.title,
        ...(row.severity !== undefined && { severity: row.severity }),
        exercise: row.exercise,
        playbookDigest: row.playbookDigest,
      })),
    );
    const found = tasks.filter((task) => taskFits(task, filter)).sort(inboxOrder);
    return frozenCopy(found.slice(0, filter.limit));
  }

  async workload({
    now,
    limit,
    after = '',
    visibleTo,
  }: Parameters<ReadStore['workload']>[0]): Promise<readonly Workload[]> {
    const tasks = await this.tasks({ limit: Infinity, ...(visibleTo && { visibleTo }) });
    const people = new Map<string, StoredTask[]>();
    for (const task of tasks) {
      const { assignee } = task;
      if (assignee !== undefined && assignee > after)
        people.set(assignee, [...(people.get(assignee) ?? []), task]);
    }
    const lines = [...people].map(([person, held]): Workload => {
      const dues = held.flatMap(({ dueAt }) => dueAt ?? []);
      return {
        person,
        open: held.length,
        unaccepted: held.filter(({ accepted }) => !accepted).length,
        overdue: dues.filter((at) => at < now).length,
        ...(dues.length > 0 && { nextDueAt: Math.min(...dues) }),
      };
    });
    return lines.sort((a, b) => (a.person < b.person ? -1 : 1)).slice(0, limit);
  }

  async entries(id: IncidentId, afterSeq: number, limit: number): Promise<readonly StoredEntry[]> {
    const { incidents, journal } = this.tables;
    const entries = (id === 0 ? journal : incidents.get(id))?.entries ?? [];
    const found = entries.filter(({ seq }) => seq > afterSeq).sort((a, b) => a.seq - b.seq);
    return frozenCopy(found.slice(0, limit).map(({ eventKey: _k, requestHash: _r, ...entry }) => entry));
  }
}

function fits({ row, tasks }: MemoryIncident, filter: IncidentFilter): boolean {
  const { status, severity, phase, assignee, exercise, q, before, visibleTo } = filter;
  const holdsTask = (): boolean =>
    [...tasks.values()].some((task) => task.assignee === assignee && OPEN.has(task.status));
  return (
    isVisible(row, visibleTo) &&
    (status === undefined || row.status === status) &&
    (severity === undefined || row.severity === severity) &&
    (phase === undefined || row.phases.includes(phase)) &&
    (exercise === undefined || row.exercise === exercise) &&
    (before === undefined || row.id < before) &&
    (assignee === undefined || holdsTask()) &&
    hasWords(row, q)
  );
}

function isVisible({ tlp, members }: IncidentRow, to: VisibleTo | undefined): boolean {
  return (
    to === undefined || to.markings.includes(tlp) || (to.person !== undefined && members.includes(to.person))
  );
}

function hasWords(row: IncidentRow, q = ''): boolean {
  const words = q.toLowerCase().split(/\s+/).slice(0, MAX_WORDS);
  const texts = [`INC-${row.id}`, row.title, row.summary ?? ''].map((text) => text.toLowerCase());
  return words.every((word) => texts.some((text) => text.includes(word)));
}

function taskFits(task: StoredTask, filter: TaskFilter): boolean {
  const { assignees, assignedBy, priority, team } = filter;
  const { assignee, unassigned, unaccepted, overdueAt, status, roles, incidentId, after } = filter;
  return (
    (status === undefined ? OPEN.has(task.status) : task.status === status) &&
    (assignee === undefined || task.assignee === assignee) &&
    (assignees === undefined || holds(assignees, task)) &&
    (assignedBy === undefined || (task.assignedBy === assignedBy && task.assignee !== assignedBy)) &&
    (priority === undefined || (task.priority ?? 'normal') === priority) &&
    (team === undefined ||
      holds(team.people, task) ||
      (task.assignee === undefined && task.roles.some((role) => team.roles.includes(role)))) &&
    (unassigned !== true || task.assignee === undefined) &&
    (unaccepted !== true || (task.assignee !== undefined && !task.accepted)) &&
    (overdueAt === undefined || (task.dueAt ?? Infinity) < overdueAt) &&
    (roles === undefined || task.roles.some((role) => roles.includes(role))) &&
    (incidentId === undefined || task.incidentId === incidentId) &&
    (after === undefined || inboxOrder(task, after) > 0)
  );
}

function holds(people: readonly string[], { assignee }: StoredTask): boolean {
  return assignee !== undefined && people.includes(assignee);
}

type Place = Required<TaskFilter>['after'];

/** By due time, those without one last; then by incident and step. */
function inboxOrder(a: Place, b: Place): number {
  const [dueA, dueB] = [a.dueAt ?? Infinity, b.dueAt ?? Infinity];
  if (dueA !== dueB) return dueA < dueB ? -1 : 1;
  if (a.incidentId !== b.incidentId) return a.incidentId - b.incidentId;
  return Buffer.compare(Buffer.from(a.step), Buffer.from(b.step));
}
