import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import { instant } from './columns.js';

/** The key of one person's data, wrapped under the deployment's; without a key: erased. Never deleted. */
@Entity('subject_key')
@Check(
  'subject_key_erased_check',
  '(erased_at IS NULL) = (wrapped IS NOT NULL) AND (key_id IS NULL) = (wrapped IS NULL)',
)
@Check('subject_key_wrapped_check', 'octet_length(wrapped) = 60')
export class SubjectKeyEntity {
  @Column({ ...instant, name: 'erased_at', nullable: true })
  erasedAt!: Date | null;

  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName: 'subject_key_pkey' })
  subject!: string;

  /** Which of the deployment's keys it is wrapped under. */
  @Column({ type: 'text', name: 'key_id', nullable: true })
  keyId!: string | null;

  @Column({ type: 'bytea', nullable: true })
  wrapped!: Buffer | null;
}
