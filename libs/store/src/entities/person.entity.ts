import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { instant } from './columns.js';

/** Somebody who signs in. Once erased, nothing but the id and the times is left. */
@Entity('person')
@Unique('person_login_hash_key', ['loginHash'])
@Check('person_login_hash_check', 'octet_length(login_hash) = 32')
@Check('person_erased_check', 'erased_at IS NULL OR (profile IS NULL AND login_hash IS NULL)')
export class PersonEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'person_pkey' })
  id!: string;

  @Column({ ...instant, name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'text', name: 'created_by', nullable: true })
  createdBy!: string | null;

  @Column({ ...instant, name: 'disabled_at', nullable: true })
  disabledAt!: Date | null;

  @Column({ ...instant, name: 'erased_at', nullable: true })
  erasedAt!: Date | null;

  @Column({ type: 'text', array: true })
  roles!: string[];

  /** Sealed by the vault. */
  @Column({ type: 'text', nullable: true })
  profile!: string | null;

  /** Keyed hash of the name to sign in with. */
  @Column({ type: 'bytea', name: 'login_hash', nullable: true })
  loginHash!: Buffer | null;
}
