import { Column, Entity, PrimaryColumn } from 'typeorm';
import { instant } from './columns.js';

/** The state of an incident after one entry. A cache: each is held against the entry's digest when it is used. */
@Entity('incident_snapshot')
export class IncidentSnapshotEntity {
  @PrimaryColumn({
    type: 'bigint',
    name: 'incident_id',
    primaryKeyConstraintName: 'incident_snapshot_pkey',
  })
  incidentId!: string;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'incident_snapshot_pkey' })
  seq!: number;

  @Column({ ...instant })
  at!: Date;

  @Column({ type: 'integer' })
  revision!: number;

  @Column({ type: 'text', name: 'playbook_digest' })
  playbookDigest!: string;

  @Column({ type: 'text' })
  state!: string;
}
