import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instant } from './columns.js';

/** Statuses in which a task waits for somebody. `cannot_start` waits for other steps, not for a person. */
const OPEN_TASK = `status IN ('ready', 'in_progress', 'problem')`;

/**
 * One row of the inbox. A task without a due time is due at `infinity`: so ordering, paging and "overdue" are plain
 * comparisons, and the indexes below are in the inbox's order. Steps sort by code point, alike on every server. The
 * index over roles is a GIN without a pending list, so that a read never has to search one.
 */
@Entity('task')
@Check(
  'task_status_check',
  `status IN ('cannot_start', 'ready', 'in_progress', 'problem', 'completed', 'skipped', 'failed')`,
)
@Index('task_inbox_idx', ['dueAt', 'incidentId', 'step'], { where: OPEN_TASK })
@Index('task_assignee_idx', ['assignee', 'dueAt', 'incidentId', 'step'], { where: OPEN_TASK })
@Check('task_priority_check', `priority IN ('urgent', 'high', 'normal', 'low')`)
@Index('task_unaccepted_idx', ['dueAt', 'incidentId', 'step'], {
  where: `${OPEN_TASK} AND assignee IS NOT NULL AND NOT accepted`,
})
@Index('task_assigned_by_idx', ['assignedBy', 'dueAt', 'incidentId', 'step'], {
  where: `${OPEN_TASK} AND assigned_by IS NOT NULL`,
})
@Index('task_priority_idx', ['priority', 'dueAt', 'incidentId', 'step'], {
  where: `${OPEN_TASK} AND priority <> 'normal'`,
})
@Index('task_roles_idx', { synchronize: false })
@Index('task_rest_idx', ['dueAt', 'incidentId', 'step'], {
  where: `status IN ('cannot_start', 'completed', 'skipped', 'failed')`,
})
export class TaskEntity {
  @PrimaryColumn({ type: 'bigint', name: 'incident_id', primaryKeyConstraintName: 'task_pkey' })
  incidentId!: string;

  @Column({ ...instant, name: 'due_at' })
  dueAt!: Date;

  @Column({ type: 'boolean' })
  accepted!: boolean;

  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'task_pkey' })
  step!: string;

  @Column({ type: 'text' })
  phase!: string;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ type: 'text', nullable: true })
  system!: string | null;

  @Column({ type: 'text' })
  status!: string;

  @Column({ type: 'text', array: true })
  roles!: string[];

  @Column({ type: 'text', nullable: true })
  assignee!: string | null;

  /** Who gave it to the assignee. */
  @Column({ type: 'text', name: 'assigned_by', nullable: true })
  assignedBy!: string | null;

  @Column({ type: 'text', default: 'normal' })
  priority!: string;
}
