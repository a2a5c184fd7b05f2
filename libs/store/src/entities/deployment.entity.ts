import { Entity, PrimaryColumn } from 'typeorm';

/** The one row that names this deployment's log. Written by the migration; triggers refuse every change. */
@Entity('deployment')
export class DeploymentEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'deployment_pkey' })
  log!: string;
}
