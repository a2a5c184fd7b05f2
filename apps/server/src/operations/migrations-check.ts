import { OperationalError } from '@cordon/kernel';
import { Injectable, Optional } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

/** Whether the database has every migration of this version. Once it has, it is not asked again. */
@Injectable()
export class MigrationsCheck {
  private done = false;

  /** Without a data source (tests without a database) there is nothing to check. */
  constructor(@Optional() @InjectDataSource() private readonly dataSource?: DataSource) {}

  /** Rejects while migrations are missing. */
  async check(): Promise<void> {
    if (this.done || !this.dataSource) return;
    if (await this.dataSource.showMigrations()) {
      throw new OperationalError('the database lacks migrations of this version', true);
    }
    this.done = true;
  }
}
