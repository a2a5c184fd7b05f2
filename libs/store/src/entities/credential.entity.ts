import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn, Unique } from 'typeorm';
import { instant } from './columns.js';
import { PersonEntity } from './person.entity.js';

/** What proves who somebody is, sealed by the vault. */
@Entity('credential')
@Unique('credential_lookup_key', ['lookup'])
@Check('credential_kind_check', `kind IN ('password', 'totp', 'passkey', 'recovery')`)
@Check('credential_lookup_check', 'octet_length(lookup) = 32')
@Index('credential_person_idx', ['personId'])
export class CredentialEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'credential_pkey' })
  id!: string;

  @ForeignKey(() => PersonEntity, 'id', { name: 'credential_person_id_fkey' })
  @Column({ type: 'text', name: 'person_id' })
  personId!: string;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ type: 'text' })
  data!: string;

  @Column({ type: 'bytea', nullable: true })
  lookup!: Buffer | null;

  @Column({ type: 'bigint' })
  counter!: string;

  @Column({ ...instant, name: 'created_at' })
  createdAt!: Date;

  @Column({ ...instant, name: 'last_used_at', nullable: true })
  lastUsedAt!: Date | null;
}
