import { Injectable, Optional } from '@nestjs/common';
import { InjectDataSource } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

/** Whether reads are answered: they have connections of their own, apart from those of the door. */
@Injectable()
export class ReadPoolCheck {
  /** Without a data source (tests without a database) there is nothing to check. */
  constructor(@Optional() @InjectDataSource() private readonly dataSource?: DataSource) {}

  /** Rejects when the database does not answer. One round trip. */
  async check(): Promise<void> {
    await this.dataSource?.query('SELECT 1');
  }
}
