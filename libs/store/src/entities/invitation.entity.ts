import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { instant } from './columns.js';
import { PersonEntity } from './person.entity.js';

/** A link that lets somebody enrol once. Without a person it is the first administrator's. */
@Entity('invitation')
@Unique('invitation_id_key', ['id'])
@Check('invitation_hash_check', 'octet_length(hash) = 32')
@Index('invitation_person_idx', ['personId'])
export class InvitationEntity {
  @PrimaryColumn({ type: 'bytea', primaryKeyConstraintName: 'invitation_pkey' })
  hash!: Buffer;

  @Column({ type: 'text' })
  id!: string;

  @ForeignKey(() => PersonEntity, 'id', { name: 'invitation_person_id_fkey' })
  @Column({ type: 'text', name: 'person_id', nullable: true })
  personId!: string | null;

  @Column({ ...instant, name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'text', name: 'created_by', nullable: true })
  createdBy!: string | null;

  @Column({ ...instant, name: 'expires_at' })
  expiresAt!: Date;

  @Column({ ...instant, name: 'used_at', nullable: true })
  usedAt!: Date | null;
}
