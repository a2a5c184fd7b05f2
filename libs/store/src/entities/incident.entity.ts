import type { Tlp } from '@cordon/engine';
import { Check, Column, Entity, ForeignKey, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { instant } from './columns.js';
import { PlaybookEntity } from './playbook.entity.js';

/**
 * One incident: what lists show, and the engine's state as canonical text. The pages are kept half empty (fillfactor
 * 50), and no index holds revision, seq, head, state or updated_at, so that a transition that changes nothing a list
 * filters by is a heap-only update.
 */
@Entity('incident')
@Unique('incident_uid_key', ['uid'])
@Unique('incident_opening_key', ['openedBy', 'openKey'])
@Check('incident_status_check', `status IN ('open', 'closed')`)
@Check('incident_head_check', 'octet_length(head) = 32')
@Check('incident_seq_check', 'revision >= 0 AND seq >= revision')
@Check('incident_request_hash_check', 'octet_length(request_hash) = 32')
@Index('incident_open_idx', ['id'], { where: `status = 'open'` })
@Index('incident_exercise_idx', ['id'], { where: 'exercise' })
@Index('incident_severity_idx', ['severity', 'id'])
@Check('incident_tlp_check', `tlp IN ('clear', 'green', 'amber', 'amber+strict', 'red')`)
@Index('incident_phases_idx', ['phases'], { type: 'gin' })
@Index('incident_members_idx', ['members'], { type: 'gin' })
export class IncidentEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'incident_pkey',
  })
  id!: string;

  @Column({ ...instant, name: 'aware_at' })
  awareAt!: Date;

  @Column({ ...instant, name: 'onset_at', nullable: true })
  onsetAt!: Date | null;

  @Column({ ...instant, name: 'opened_at' })
  openedAt!: Date;

  @Column({ ...instant, name: 'updated_at' })
  updatedAt!: Date;

  @Column({ ...instant, name: 'closed_at', nullable: true })
  closedAt!: Date | null;

  @Column({ type: 'integer' })
  revision!: number;

  @Column({ type: 'integer' })
  seq!: number;

  @Column({ type: 'boolean' })
  exercise!: boolean;

  @Column({ type: 'uuid' })
  uid!: string;

  @Column({ type: 'bytea' })
  head!: Buffer;

  @Column({ type: 'text', name: 'playbook_id' })
  playbookId!: string;

  @Column({ type: 'text', name: 'playbook_version' })
  playbookVersion!: string;

  @ForeignKey(() => PlaybookEntity, 'digest', { name: 'incident_playbook_digest_fkey' })
  @Column({ type: 'text', name: 'playbook_digest' })
  playbookDigest!: string;

  @Column({ type: 'text' })
  title!: string;

  @Column({ type: 'text', nullable: true })
  summary!: string | null;

  @Column({ type: 'text', nullable: true })
  severity!: string | null;

  @Column({ type: 'text' })
  status!: 'open' | 'closed';

  @Column({ type: 'text', array: true })
  phases!: string[];

  @Column({ type: 'text', default: 'amber' })
  tlp!: Tlp;

  @Column({ type: 'text', array: true, default: '{}' })
  members!: string[];

  @Column({ type: 'text', name: 'opened_by' })
  openedBy!: string;

  @Column({ type: 'text', name: 'open_key' })
  openKey!: string;

  @Column({ type: 'bytea', name: 'request_hash' })
  requestHash!: Buffer;

  @Column({ type: 'jsonb', nullable: true })
  organisation!: object | null;

  /** Canonical JSON. Text, not jsonb: its bytes are hashed into the audit entries. */
  @Column({ type: 'text' })
  state!: string;
}
