import { Check, Entity, PrimaryColumn } from 'typeorm';

/** The one row that names the deployment's key; who changes that key holds it. */
@Entity('vault_key')
@Check('vault_key_id_check', `id ~ '^([0-9a-f]{16})?$'`)
export class VaultKeyEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'vault_key_pkey' })
  id!: string;
}
