import { Check, Column, Entity, PrimaryColumn, Unique } from 'typeorm';
import { instant } from './columns.js';

/** A published playbook version. Append-only: triggers refuse UPDATE, DELETE and TRUNCATE. */
@Entity('playbook')
@Unique('playbook_digest_key', ['digest'])
@Check('playbook_digest_check', `digest ~ '^[0-9a-f]{64}$'`)
export class PlaybookEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'playbook_pkey' })
  id!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'playbook_pkey' })
  version!: string;

  @Column({ type: 'text' })
  digest!: string;

  @Column({ type: 'text' })
  source!: string;

  @Column({ ...instant, name: 'published_at' })
  publishedAt!: Date;
}
