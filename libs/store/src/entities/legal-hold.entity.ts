import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { instant } from './columns.js';
import { IncidentEntity } from './incident.entity.js';

/** While it stands, nothing of the incident, or of the whole deployment where it names none, is erased. */
@Entity('legal_hold')
@Check(
  'legal_hold_released_check',
  '(released_at IS NULL) = (released_by IS NULL) AND (released_at IS NULL) = (released_seq IS NULL)',
)
export class LegalHoldEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'legal_hold_pkey' })
  id!: string;

  @ForeignKey(() => IncidentEntity, 'id', { name: 'legal_hold_incident_id_fkey' })
  @Column({ type: 'bigint', name: 'incident_id', nullable: true })
  incidentId!: string | null;

  @Column({ ...instant, name: 'placed_at' })
  placedAt!: Date;

  @Column({ type: 'text', name: 'placed_by' })
  placedBy!: string;

  /** The journal's entry whose openings say why. */
  @Column({ type: 'integer', name: 'placed_seq' })
  placedSeq!: number;

  @Column({ ...instant, name: 'released_at', nullable: true })
  releasedAt!: Date | null;

  @Column({ type: 'text', name: 'released_by', nullable: true })
  releasedBy!: string | null;

  @Column({ type: 'integer', name: 'released_seq', nullable: true })
  releasedSeq!: number | null;
}
