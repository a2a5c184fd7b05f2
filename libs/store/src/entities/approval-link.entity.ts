import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { instant } from './columns.js';
import { PersonEntity } from './person.entity.js';

/** A link that leads one person to one approval. The incident is named and not referred to: a link is no part of it. */
@Entity('approval_link')
@Unique('approval_link_id_key', ['id'])
@Check('approval_link_hash_check', 'octet_length(hash) = 32')
@Check('approval_link_digest_check', 'octet_length(digest) = 32')
@Index('approval_link_person_idx', ['personId', 'incidentId', 'step'])
@Index('approval_link_delivery_idx', ['delivery'])
@Index('approval_link_expires_idx', ['expiresAt'])
export class ApprovalLinkEntity {
  @PrimaryColumn({ type: 'bytea', primaryKeyConstraintName: 'approval_link_pkey' })
  hash!: Buffer;

  @Column({ type: 'text' })
  id!: string;

  @ForeignKey(() => PersonEntity, 'id', { name: 'approval_link_person_id_fkey' })
  @Column({ type: 'text', name: 'person_id' })
  personId!: string;

  @Column({ type: 'bigint', name: 'incident_id' })
  incidentId!: string;

  @Column({ type: 'text' })
  step!: string;

  @Column({ type: 'bytea' })
  digest!: Buffer;

  @Column({ ...instant, name: 'ready_at' })
  readyAt!: Date;

  @Column({ type: 'text' })
  delivery!: string;

  @Column({ ...instant, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...instant, name: 'expires_at' })
  expiresAt!: Date;

  @Column({ ...instant, name: 'sent_at', nullable: true })
  sentAt!: Date | null;

  @Column({ ...instant, name: 'used_at', nullable: true })
  usedAt!: Date | null;
}
