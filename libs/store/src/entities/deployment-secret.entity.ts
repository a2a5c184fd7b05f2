import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A secret of the deployment, sealed by the vault and never changed. */
@Entity('deployment_secret')
export class DeploymentSecretEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'deployment_secret_pkey' })
  name!: string;

  @Column({ type: 'text' })
  sealed!: string;
}
