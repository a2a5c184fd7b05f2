import { Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instant } from './columns.js';

/**
 * A moment at which an incident wants to be told. `leased_until` keeps other workers off while one brings it to the
 * door. The index is on an expression, `greatest(fire_at, leased_until)`, which TypeORM cannot see: hence
 * `synchronize: false`.
 */
@Entity('timer')
@Index('timer_claim_idx', { synchronize: false })
export class TimerEntity {
  @PrimaryColumn({ type: 'bigint', name: 'incident_id', primaryKeyConstraintName: 'timer_pkey' })
  incidentId!: string;

  @Column({ ...instant, name: 'fire_at' })
  fireAt!: Date;

  @Column({ ...instant, name: 'leased_until', nullable: true })
  leasedUntil!: Date | null;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'timer_pkey' })
  id!: string;
}
