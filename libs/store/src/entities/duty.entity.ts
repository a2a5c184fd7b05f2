import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instant } from './columns.js';

/** One shift of one person, for a role or for a team. */
@Entity('duty')
@Check('duty_times_check', 'starts_at < ends_at')
@Check('duty_for_check', '(role IS NULL) <> (team_id IS NULL)')
@Index('duty_ends_idx', ['endsAt'])
export class DutyEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'duty_pkey' })
  id!: string;

  @Column({ ...instant, name: 'starts_at' })
  startsAt!: Date;

  @Column({ ...instant, name: 'ends_at' })
  endsAt!: Date;

  @Column({ type: 'text', nullable: true })
  role!: string | null;

  @Column({ type: 'text', name: 'team_id', nullable: true })
  teamId!: string | null;

  @Column({ type: 'text' })
  person!: string;
}

/** Somebody is away, and who stands in. */
@Entity('absence')
@Check('absence_times_check', 'starts_at < ends_at')
@Check('absence_delegate_check', 'delegate <> person')
@Index('absence_person_idx', ['person', 'endsAt'])
@Index('absence_delegate_idx', ['delegate', 'endsAt'])
export class AbsenceEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'absence_pkey' })
  id!: string;

  @Column({ ...instant, name: 'starts_at' })
  startsAt!: Date;

  @Column({ ...instant, name: 'ends_at' })
  endsAt!: Date;

  @Column({ type: 'text' })
  person!: string;

  @Column({ type: 'text', nullable: true })
  delegate!: string | null;
}
