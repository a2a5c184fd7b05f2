import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instant } from './columns.js';

/** A question that waits for its one answer. */
@Entity('challenge')
@Check('challenge_hash_check', 'octet_length(hash) = 32')
@Index('challenge_expires_idx', ['expiresAt'])
export class ChallengeEntity {
  @PrimaryColumn({ type: 'bytea', primaryKeyConstraintName: 'challenge_pkey' })
  hash!: Buffer;

  @Column({ type: 'text' })
  purpose!: string;

  @Column({ type: 'text' })
  data!: string;

  @Column({ ...instant, name: 'expires_at' })
  expiresAt!: Date;
}
