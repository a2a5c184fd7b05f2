import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';
import { instant } from './columns.js';

/** What was signed of the tree, and when; an unchanged tree is signed again. Triggers refuse UPDATE, DELETE and TRUNCATE. */
@Entity('log_checkpoint')
@Check('log_checkpoint_size_check', 'size >= 0')
@Check('log_checkpoint_root_check', 'octet_length(root) = 32')
@Index('log_checkpoint_at_idx', ['epoch', 'at'])
export class LogCheckpointEntity {
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'log_checkpoint_pkey' })
  epoch!: number;

  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'log_checkpoint_pkey' })
  size!: string;

  @PrimaryColumn({ ...instant, primaryKeyConstraintName: 'log_checkpoint_pkey' })
  at!: Date;

  @Column({ type: 'bytea' })
  root!: Buffer;

  @Column({ type: 'text' })
  note!: string;
}

/** An RFC 3161 reply over a checkpoint's note. Triggers refuse UPDATE, DELETE and TRUNCATE. */
@Entity('log_timestamp')
@Check('log_timestamp_size_check', 'size >= 0')
export class LogTimestampEntity {
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'log_timestamp_pkey' })
  epoch!: number;

  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'log_timestamp_pkey' })
  size!: string;

  @PrimaryColumn({ ...instant, primaryKeyConstraintName: 'log_timestamp_pkey' })
  at!: Date;

  @Column({ type: 'text' })
  note!: string;

  @Column({ type: 'bytea' })
  reply!: Buffer;
}
