import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { instant } from './columns.js';

/** Up to which place entries of incidents are gone. Triggers refuse UPDATE, DELETE and TRUNCATE. */
@Entity('log_pruning')
@Check('log_pruning_place_check', 'place > 0 AND place % 256 = 0')
export class LogPruningEntity {
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'log_pruning_pkey' })
  epoch!: number;

  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'log_pruning_pkey' })
  place!: string;

  /** Number of the entry that stood at the place before. */
  @Column({ type: 'bigint', name: 'last_entry' })
  lastEntry!: string;

  /** `seq` of the journal's `log.pruned` that says so. */
  @Column({ type: 'integer' })
  announced!: number;

  @Column({ ...instant })
  at!: Date;
}

/** Where the chain of an incident ended whose rows are gone. Its number is not given again. */
@Entity('pruned_incident')
@Unique('pruned_incident_uid_key', ['uid'])
@Check('pruned_incident_head_check', 'octet_length(head) = 32')
@ForeignKey(() => LogPruningEntity, ['epoch', 'place'], ['epoch', 'place'], {
  name: 'pruned_incident_pruning_fkey',
})
export class PrunedIncidentEntity {
  @PrimaryColumn({ type: 'bigint', primaryKeyConstraintName: 'pruned_incident_pkey' })
  id!: string;

  @Column({ type: 'uuid' })
  uid!: string;

  @Column({ type: 'integer' })
  seq!: number;

  @Column({ type: 'bytea' })
  head!: Buffer;

  @Column({ type: 'integer' })
  epoch!: number;

  @Column({ type: 'bigint' })
  place!: string;
}
