import { Check, Column, Entity, Index, PrimaryColumn } from 'typeorm';

/** The one row that says where the tree stands. Triggers refuse everything but its growth and the next epoch. */
@Entity('log_head')
@Check('log_head_id_check', 'id = 0')
@Check('log_head_epoch_check', 'epoch >= 1')
@Check('log_head_size_check', 'size >= 0 AND (size = 0) = (last_entry = 0)')
@Check(
  'log_head_edge_check',
  `octet_length(edge) = 32 * ((size & 255) + (size >> 8 & 255)
      + (size >> 16 & 255) + (size >> 24 & 255) + (size >> 32 & 255) + (size >> 40 & 255))`,
)
export class LogHeadEntity {
  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'log_head_pkey' })
  id!: number;

  @Column({ type: 'integer' })
  epoch!: number;

  @Column({ type: 'bigint' })
  size!: string;

  @Column({ type: 'bigint', name: 'last_entry' })
  lastEntry!: string;

  @Column({ type: 'text' })
  origin!: string;

  @Column({ type: 'bytea' })
  edge!: Buffer;
}

/** 256 hashes of one level of the tree. Triggers refuse UPDATE, DELETE and TRUNCATE. */
@Entity('log_tile')
@Check('log_tile_place_check', 'level >= 0 AND index >= 0')
@Check('log_tile_hashes_check', 'octet_length(hashes) = 8192')
@Check('log_tile_first_entry_check', '(level = 0) = (first_entry IS NOT NULL)')
@Index('log_tile_first_entry_idx', ['epoch', 'firstEntry'], { where: 'level = 0' })
export class LogTileEntity {
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'log_tile_pkey' })
  epoch!: number;

  @PrimaryColumn({ type: 'smallint', primaryKeyConstraintName: 'log_tile_pkey' })
  level!: number;

  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'log_tile_pkey' })
  index!: string;

  @Column({ type: 'bytea' })
  hashes!: Buffer;

  /** Number of the first entry that it covers; only on level 0. */
  @Column({ type: 'bigint', name: 'first_entry', nullable: true })
  firstEntry!: string | null;
}
