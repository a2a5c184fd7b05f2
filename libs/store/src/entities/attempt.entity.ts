import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instant } from './columns.js';

/** How often something was tried, under a hash that names nobody. */
@Entity('attempt')
@Check('attempt_key_check', 'octet_length(key) = 32')
@Index('attempt_expires_idx', ['expiresAt'])
export class AttemptEntity {
  @PrimaryColumn({ type: 'bytea', primaryKeyConstraintName: 'attempt_pkey' })
  key!: Buffer;

  @Column({ type: 'integer' })
  count!: number;

  /** No further attempt before. */
  @Column({ ...instant })
  until!: Date;

  @Column({ ...instant, name: 'expires_at' })
  expiresAt!: Date;
}
