import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { instant } from './columns.js';
import { PersonEntity } from './person.entity.js';

/** One sign-in of one browser. Only the SHA-256 of the token in its cookie is kept; no address. */
@Entity('session')
@Unique('session_id_key', ['id'])
@Check('session_hash_check', 'octet_length(hash) = 32')
@Index('session_person_idx', ['personId'])
export class SessionEntity {
  @PrimaryColumn({ type: 'bytea', primaryKeyConstraintName: 'session_pkey' })
  hash!: Buffer;

  @Column({ type: 'text' })
  id!: string;

  @ForeignKey(() => PersonEntity, 'id', { name: 'session_person_id_fkey' })
  @Column({ type: 'text', name: 'person_id' })
  personId!: string;

  @Column({ type: 'text' })
  method!: string;

  @Column({ type: 'text', name: 'user_agent', nullable: true })
  userAgent!: string | null;

  @Column({ ...instant, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...instant, name: 'last_seen_at' })
  lastSeenAt!: Date;

  @Column({ ...instant, name: 'idle_until' })
  idleUntil!: Date;

  @Column({ ...instant, name: 'expires_at' })
  expiresAt!: Date;

  @Column({ ...instant, name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;
}
