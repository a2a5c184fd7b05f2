import { Column, Entity, Index, PrimaryColumn, Unique } from 'typeorm';
import { instant } from './columns.js';

/** People who share work, and the roles that they share it in. */
@Entity('team')
@Unique('team_name_key', ['name'])
export class TeamEntity {
  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'team_pkey' })
  id!: string;

  @Column({ ...instant, name: 'created_at' })
  createdAt!: Date;

  @Column({ type: 'text' })
  name!: string;

  @Column({ type: 'text', array: true })
  roles!: string[];
}

@Entity('team_member')
@Index('team_member_person_idx', ['person'])
export class TeamMemberEntity {
  @PrimaryColumn({ type: 'text', name: 'team_id', primaryKeyConstraintName: 'team_member_pkey' })
  teamId!: string;

  @PrimaryColumn({ type: 'text', primaryKeyConstraintName: 'team_member_pkey' })
  person!: string;
}
