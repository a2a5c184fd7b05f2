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
import type { DataSource, SelectQueryBuilder } from 'typeorm';
import { IncidentEntity } from './entities/index.js';
import { withStoreErrors } from './errors.js';
import { narrowToVisible } from './visibility.js';
import { incidentRow } from './rows.js';
import { readEntries } from './sql/read-entries.sql.js';
import { listTasks, OPEN, workloadOf } from './task-list.js';

/** More words than this are not looked for. */
const MAX_WORDS = 8;

interface EntryRecord {
  readonly seq: number;
  readonly revision: number;
  readonly at: Date;
  readonly leaf: Buffer;
  readonly hash: Buffer;
  readonly prev: Buffer;
  readonly openings: string | null;
}

/** Reads for people, on connections that the door does not need. Lists page by key, so that page n costs what page 1 does. */
/** The opposite of `narrowToVisible`; what is not known to be visible is hidden. */
const HIDES = `SELECT EXISTS (
  SELECT FROM incident WHERE (tlp = ANY ($1::text[]) OR members @> ARRAY[$2]::text[]) IS NOT TRUE
) AS hides`;

export class PostgresReadStore implements ReadStore {
  constructor(private readonly dataSource: DataSource) {}

  async incident(id: IncidentId): Promise<IncidentRow | undefined> {
    return withStoreErrors(async () => {
      const row = await this.dataSource.manager.findOneBy(IncidentEntity, { id: String(id) });
      return row === null ? undefined : incidentRow(row);
    });
  }

  async showsAll({ markings, person }: VisibleTo): Promise<boolean> {
    const [row] = await withStoreErrors(() =>
      this.dataSource.query<{ hides: boolean }[]>(HIDES, [markings, person ?? null]),
    );
    return row?.hides === false;
  }

  async incidents(filter: IncidentFilter): Promise<readonly IncidentRow[]> {
    return withStoreErrors(async () => {
      const select = this.dataSource.manager
        .createQueryBuilder(IncidentEntity, 'incident')
        .orderBy('incident.id', 'DESC')
        .limit(filter.limit);
      narrowIncidents(select, filter);
      return (await select.getMany()).map(incidentRow);
    });
  }

  async tasks(filter: TaskFilter): Promise<readonly StoredTask[]> {
    return withStoreErrors(() => listTasks(this.dataSource, filter));
  }

  async workload(filter: Parameters<ReadStore['workload']>[0]): Promise<readonly Workload[]> {
    return withStoreErrors(() => workloadOf(this.dataSource, filter));
  }

  async entries(id: IncidentId, afterSeq: number, limit: number): Promise<readonly StoredEntry[]> {
    return withStoreErrors(async () => {
      const rows = await this.dataSource.query<EntryRecord[]>(readEntries, [id, afterSeq, limit]);
      return rows.map(({ at, openings, ...entry }) => ({
        ...entry,
        at: at.getTime(),
        ...(openings !== null && { openings }),
      }));
    });
  }
}

function narrowIncidents(select: SelectQueryBuilder<IncidentEntity>, filter: IncidentFilter): void {
  narrowToVisible(select, filter.visibleTo);
  const { status, severity, phase, assignee, exercise, q, before } = filter;
  // The literal, not a parameter, is what lets the planner use the index of open incidents.
  if (status === 'open') select.andWhere(`incident.status = 'open'`);
  if (status === 'closed') select.andWhere(`incident.status = 'closed'`);
  if (severity !== undefined) select.andWhere('incident.severity = :severity', { severity });
  if (phase !== undefined) select.andWhere('incident.phases @> ARRAY[:phase]', { phase });
  if (exercise !== undefined) select.andWhere(exercise ? 'incident.exercise' : 'NOT incident.exercise');
  if (before !== undefined) select.andWhere('incident.id < :before', { before });
  if (assignee !== undefined) {
    select.andWhere(
      `EXISTS (SELECT FROM task WHERE task.incident_id = incident.id AND task.assignee = :assignee AND ${OPEN})`,
      { assignee },
    );
  }
  wordsOf(q).forEach((word, i) => {
    select.andWhere(
      `('INC-' || incident.id ILIKE :word${i} OR incident.title ILIKE :word${i} OR incident.summary ILIKE :word${i})`,
      { [`word${i}`]: `%${word.replace(/[\\%_]/g, '\\$&')}%` },
    );
  });
}

/** Each word has to be found somewhere, in any order. */
function wordsOf(q: string | undefined): string[] {
  return (q ?? '')
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, MAX_WORDS);
}
