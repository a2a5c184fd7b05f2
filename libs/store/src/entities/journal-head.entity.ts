import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import { instant } from './columns.js';

/** The one row that says where the deployment's own chain stands. */
@Entity('journal_head')
@Check('journal_head_id_check', 'id = 0')
@Check('journal_head_head_check', 'octet_length(head) IN (0, 32)')
export class JournalHeadEntity {
  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'journal_head_pkey' })
  id!: number;

  @Column({ type: 'integer' })
  seq!: number;

  @Column({ type: 'integer' })
  revision!: number;

  @Column({ ...instant })
  at!: Date;

  @Column({ type: 'bytea' })
  head!: Buffer;

  @Column({ type: 'uuid' })
  uid!: string;
}
