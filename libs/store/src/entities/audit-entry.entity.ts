import { Check, Column, Entity, Index, PrimaryGeneratedColumn, Unique } from 'typeorm';
import { instant } from './columns.js';

/** One entry of an incident's history. Triggers refuse UPDATE, DELETE and TRUNCATE; the hash is checked on INSERT. */
@Entity('audit_entry')
@Unique('audit_entry_seq_key', ['incidentId', 'seq'])
@Index('audit_entry_event_key', ['incidentId', 'eventKey'], { unique: true, where: 'event_key IS NOT NULL' })
@Check('audit_entry_seq_check', 'revision >= 0 AND seq >= revision AND seq >= 1')
@Check('audit_entry_prev_check', 'octet_length(prev) = 32')
@Check('audit_entry_leaf_check', 'octet_length(leaf) BETWEEN 1 AND 65535')
@Check('audit_entry_hash_check', `hash = sha256('\\x00'::bytea || leaf)`)
@Check(
  'audit_entry_request_check',
  '(event_key IS NULL) = (request_hash IS NULL) AND octet_length(request_hash) = 32',
)
export class AuditEntryEntity {
  /** Order of writing; within one incident it rises with `seq`. Gaps mean nothing, and across incidents neither does the order. */
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'audit_entry_pkey',
  })
  id!: string;

  @Column({ type: 'bigint', name: 'incident_id' })
  incidentId!: string;

  @Column({ ...instant })
  at!: Date;

  @Column({ type: 'integer' })
  seq!: number;

  @Column({ type: 'integer' })
  revision!: number;

  @Column({ type: 'text', name: 'event_key', nullable: true })
  eventKey!: string | null;

  @Column({ type: 'bytea', name: 'request_hash', nullable: true })
  requestHash!: Buffer | null;

  @Column({ type: 'bytea' })
  prev!: Buffer;

  @Column({ type: 'bytea' })
  hash!: Buffer;

  /** Exact bytes of the leaf. */
  @Column({ type: 'bytea' })
  leaf!: Buffer;
}
