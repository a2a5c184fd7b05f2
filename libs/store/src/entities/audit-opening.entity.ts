import { Column, Entity, PrimaryColumn } from 'typeorm';

/**
 * The salted openings of one leaf's commitments. Apart from the leaf, because personal data may have to go one day
 * and the leaf must stay; until then triggers refuse UPDATE, DELETE and TRUNCATE here too.
 */
@Entity('audit_opening')
export class AuditOpeningEntity {
  @PrimaryColumn({ type: 'bigint', name: 'incident_id', primaryKeyConstraintName: 'audit_opening_pkey' })
  incidentId!: string;

  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'audit_opening_pkey' })
  seq!: number;

  @Column({ type: 'text' })
  openings!: string;
}
