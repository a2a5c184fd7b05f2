import type { PlaybookStore, StoredPlaybook } from '@cordon/runtime';
import type { DataSource, FindOptionsWhere } from 'typeorm';
import { PlaybookEntity } from './entities/index.js';
import { withStoreErrors } from './errors.js';
import { playbookRow } from './rows.js';

/** Published playbooks: written once, then only read. */
export class PostgresPlaybookStore implements PlaybookStore {
  constructor(private readonly dataSource: DataSource) {}

  async publish(playbook: StoredPlaybook): Promise<'published' | 'known' | 'conflict'> {
    return withStoreErrors(async () => {
      const inserted = await this.dataSource.manager
        .createQueryBuilder()
        .insert()
        .into(PlaybookEntity)
        .values({ ...playbook, publishedAt: new Date(playbook.publishedAt) })
        .orIgnore()
        .returning('digest')
        .execute();
      if ((inserted.raw as unknown[]).length === 1) return 'published';
      const there = await this.byVersion(playbook.id, playbook.version);
      return there?.digest === playbook.digest ? 'known' : 'conflict';
    });
  }

  async byDigest(digest: string): Promise<StoredPlaybook | undefined> {
    return this.one({ digest });
  }

  async byVersion(id: string, version: string): Promise<StoredPlaybook | undefined> {
    return this.one({ id, version });
  }

  /** By id, then in the order of publication. */
  async list(): Promise<readonly StoredPlaybook[]> {
    return withStoreErrors(async () => {
      const order = { id: 'ASC', publishedAt: 'ASC', version: 'ASC' } as const;
      return (await this.dataSource.manager.find(PlaybookEntity, { order })).map(playbookRow);
    });
  }

  private async one(where: FindOptionsWhere<PlaybookEntity>): Promise<StoredPlaybook | undefined> {
    return withStoreErrors(async () => {
      const row = await this.dataSource.manager.findOneBy(PlaybookEntity, where);
      return row === null ? undefined : playbookRow(row);
    });
  }
}
