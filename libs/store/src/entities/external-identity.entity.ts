import { Check, Column, Entity, ForeignKey, Index, PrimaryColumn } from 'typeorm';
import { instant } from './columns.js';
import { PersonEntity } from './person.entity.js';

/** Who a person is at an OpenID provider; of the subject only a keyed hash. */
@Entity('external_identity')
@Check('external_identity_subject_hash_check', 'octet_length(subject_hash) = 32')
@Index('external_identity_person_idx', ['personId'])
export class ExternalIdentityEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'external_identity_pkey' })
  issuer!: string;

  @PrimaryColumn({
    type: 'bytea',
    name: 'subject_hash',
    primaryKeyConstraintName: 'external_identity_pkey',
  })
  subjectHash!: Buffer;

  @ForeignKey(() => PersonEntity, 'id', { name: 'external_identity_person_id_fkey' })
  @Column({ type: 'text', name: 'person_id' })
  personId!: string;

  @Column({ ...instant, name: 'created_at' })
  createdAt!: Date;
}
