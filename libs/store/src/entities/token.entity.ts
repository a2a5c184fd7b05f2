import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { instant } from './columns.js';

/** An API token, which is its own person. Only the SHA-256 of what the person holds is kept. */
@Entity('token')
@Unique('token_hash_key', ['hash'])
@Check('token_hash_check', 'octet_length(hash) = 32')
export class TokenEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'token_pkey' })
  id!: string;

  @Column({ ...instant, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...instant, name: 'expires_at', nullable: true })
  expiresAt!: Date | null;

  @Column({ ...instant, name: 'revoked_at', nullable: true })
  revokedAt!: Date | null;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', array: true })
  roles!: string[];

  @Column({ type: 'text', array: true, nullable: true })
  scopes!: string[] | null;

  @Column({ type: 'bytea' })
  hash!: Buffer;

  @Column({ type: 'text', name: 'created_by', nullable: true })
  createdBy!: string | null;
}
