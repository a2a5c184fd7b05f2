import type { HoldStore, LegalHold } from '@cordon/runtime';
import { IsNull, type DataSource } from 'typeorm';
import { idOf } from './door-store.js';
import { LegalHoldEntity } from './entities/index.js';
import { withStoreErrors } from './errors.js';
import { heldPerson } from './sql/held-person.sql.js';

/** Names its columns: the application may set no others, and TypeORM would. */
const PLACE = `
INSERT INTO legal_hold (id, incident_id, placed_at, placed_by, placed_seq) VALUES ($1, $2, $3, $4, $5)`;

export class PostgresHoldStore implements HoldStore {
  constructor(private readonly dataSource: DataSource) {}

  async place({ id, incidentId, placedAt, placedBy, placedSeq }: LegalHold): Promise<void> {
    const row = [id, incidentId ?? null, new Date(placedAt), placedBy, placedSeq];
    await withStoreErrors(() => this.dataSource.query(PLACE, row));
  }

  async release(id: string, { at, by, seq }: NonNullable<LegalHold['released']>): Promise<boolean> {
    const change = { releasedAt: new Date(at), releasedBy: by, releasedSeq: seq };
    const { affected } = await withStoreErrors(() => this.holds.update({ id, releasedAt: IsNull() }, change));
    return affected === 1;
  }

  async byId(id: string): Promise<LegalHold | undefined> {
    const row = await withStoreErrors(() => this.holds.findOneBy({ id }));
    return row ? holdOf(row) : undefined;
  }

  async list(): Promise<readonly LegalHold[]> {
    const rows = await withStoreErrors(() => this.holds.find({ order: { placedAt: 'DESC', id: 'ASC' } }));
    return rows.map(holdOf);
  }

  async covering(person: string): Promise<readonly LegalHold[]> {
    const found = await withStoreErrors(() => this.dataSource.query<{ id: string }[]>(heldPerson, [person]));
    const ids = new Set(found.map(({ id }) => id));
    return ids.size === 0 ? [] : (await this.list()).filter(({ id }) => ids.has(id));
  }

  private get holds() {
    return this.dataSource.getRepository(LegalHoldEntity);
  }
}

function holdOf(row: LegalHoldEntity): LegalHold {
  const { id, incidentId, placedAt, placedBy, placedSeq, releasedAt, releasedBy, releasedSeq } = row;
  return {
    ...{ id, placedBy, placedSeq, placedAt: placedAt.getTime() },
    ...(incidentId === null ? {} : { incidentId: idOf(incidentId) }),
    ...(releasedAt && releasedBy !== null && releasedSeq !== null
      ? { released: { at: releasedAt.getTime(), by: releasedBy, seq: releasedSeq } }
      : {}),
  };
}
