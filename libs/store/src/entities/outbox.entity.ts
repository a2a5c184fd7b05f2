import { Check, Column, Entity, PrimaryGeneratedColumn } from 'typeorm';
import { instant } from './columns.js';

/** An effect that waits to be handed to the queue. The key's length is limited here so that the queue never refuses one. */
@Entity('outbox')
@Check('outbox_key_check', 'char_length(key) BETWEEN 1 AND 400')
export class OutboxEntity {
  @PrimaryGeneratedColumn('identity', {
    type: 'bigint',
    generatedIdentity: 'ALWAYS',
    primaryKeyConstraintName: 'outbox_pkey',
  })
  id!: string;

  @Column({ type: 'bigint', name: 'incident_id' })
  incidentId!: string;

  @Column({ ...instant, name: 'created_at', default: () => 'now()' })
  createdAt!: Date;

  /** The entry that asked for it. */
  @Column({ type: 'integer' })
  seq!: number;

  @Column({ type: 'text' })
  key!: string;

  @Column({ type: 'text' })
  kind!: string;

  @Column({ type: 'text' })
  step!: string;

  /** json, not jsonb: nobody looks inside, and jsonb refuses the escape \u0000 that JSON allows. */
  @Column({ type: 'json' })
  payload!: object;
}
