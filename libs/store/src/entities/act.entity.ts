import { Check, Column, Entity, PrimaryColumn } from 'typeorm';
import { instant } from './columns.js';

/** Several events that were one act, with its answer for whoever asks again under the same key. */
@Entity('act')
@Check('act_request_hash_check', 'octet_length(request_hash) = 32')
export class ActEntity {
  @Column({ ...instant })
  at!: Date;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'act_pkey' })
  actor!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'act_pkey' })
  key!: string;

  @Column({ type: 'bytea', name: 'request_hash' })
  requestHash!: Buffer;

  @Column({ type: 'text' })
  answer!: string;
}
