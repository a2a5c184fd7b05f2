import type { ApprovalLink, ApprovalLinkStore, IncidentId } from '@cordon/runtime';
import type { EpochMs } from '@cordon/kernel';
import { IsNull, Not, type DataSource } from 'typeorm';
import { ApprovalLinkEntity } from '../entities/index.js';
import { withStoreErrors } from '../errors.js';
import { instant } from '../parameters.js';
import { when } from '../rows.js';
import { bytes } from './people-rows.js';

const FORGET = `DELETE FROM approval_link WHERE expires_at < $1::timestamptz - interval '30 days'`;

/**
 * The row lock makes whoever comes second look again. Others of the same person to the same approval are locked in the
 * order of their hashes, so that two links used at once do not wait for each other.
 */
const USE = `
WITH mine AS (
  SELECT person_id, incident_id, step FROM approval_link WHERE hash = $1
), open AS (
  SELECT hash, expires_at FROM approval_link JOIN mine USING (person_id, incident_id, step)
   WHERE used_at IS NULL ORDER BY hash FOR UPDATE OF approval_link
), used AS (
  UPDATE approval_link SET used_at = $2 FROM open
   WHERE approval_link.hash = open.hash
     AND EXISTS (SELECT FROM open WHERE hash = $1 AND expires_at > $2)
  RETURNING approval_link.hash
) SELECT FROM used WHERE hash = $1`;

/** On the connections for reads: never on the door's. */
export class PostgresApprovalLinkStore implements ApprovalLinkStore {
  constructor(private readonly dataSource: DataSource) {}

  async add(link: ApprovalLink & { readonly hash: Uint8Array }): Promise<void> {
    const { hash, id, personId, incidentId, step, digest, delivery, sentAt, usedAt } = link;
    await withStoreErrors(async () => {
      await this.dataSource.manager.query(FORGET, [instant(link.createdAt)]);
      await this.dataSource.manager.insert(ApprovalLinkEntity, {
        ...{ hash: bytes(hash), id, personId, incidentId: String(incidentId), step, delivery },
        digest: Buffer.from(digest, 'hex'),
        readyAt: new Date(link.readyAt),
        createdAt: new Date(link.createdAt),
        expiresAt: new Date(link.expiresAt),
        sentAt: sentAt === undefined ? null : new Date(sentAt),
        usedAt: usedAt === undefined ? null : new Date(usedAt),
      });
    });
  }

  byHash(hash: Uint8Array): Promise<ApprovalLink | undefined> {
    return withStoreErrors(async () => {
      const row = await this.dataSource.manager.findOneBy(ApprovalLinkEntity, { hash: bytes(hash) });
      return row === null ? undefined : linkOf(row);
    });
  }

  async sent(id: string, at: EpochMs): Promise<void> {
    const where = { id, sentAt: IsNull() };
    await withStoreErrors(() =>
      this.dataSource.manager.update(ApprovalLinkEntity, where, { sentAt: new Date(at) }),
    );
  }

  sentTo(delivery: string): Promise<readonly string[]> {
    return withStoreErrors(async () => {
      const where = { delivery, sentAt: Not(IsNull()) };
      const rows = await this.dataSource.manager.find(ApprovalLinkEntity, {
        where,
        order: { personId: 'ASC' },
      });
      return [...new Set(rows.map(({ personId }) => personId))];
    });
  }

  use(hash: Uint8Array, at: EpochMs): Promise<boolean> {
    return withStoreErrors(async () => {
      const used = await this.dataSource.manager.query<unknown[]>(USE, [bytes(hash), instant(at)]);
      return used.length === 1;
    });
  }
}

function linkOf(row: ApprovalLinkEntity): ApprovalLink {
  return {
    id: row.id,
    personId: row.personId,
    incidentId: Number(row.incidentId) as IncidentId,
    step: row.step,
    digest: row.digest.toString('hex'),
    readyAt: row.readyAt.getTime(),
    delivery: row.delivery,
    createdAt: row.createdAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
    ...when('sentAt', row.sentAt),
    ...when('usedAt', row.usedAt),
  };
}
