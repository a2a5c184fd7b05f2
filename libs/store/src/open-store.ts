import pg from 'pg';
import { OperationalError } from '@cordon/kernel';
import type {
  ApprovalLinkStore,
  DoorStore,
  EntryFeed,
  ErasureStore,
  HoldStore,
  JournalStore,
  LogStore,
  PeopleStore,
  PlaybookStore,
  ReadStore,
  SnapshotStore,
  TeamStore,
  TokenStore,
  Vault,
  WorkStore,
} from '@cordon/runtime';
import type { DataSource } from 'typeorm';
import { canSetRole } from './app-role.js';
import { mustNotBeHalfRestored } from './backup/under-way.js';
import { APP_ROLE, clientConfig, type SessionSettings } from './connection.js';
import { makeDataSource } from './data-source.js';
import { PostgresDoorStore } from './door-store.js';
import { DeploymentEntity } from './entities/index.js';
import { withStoreErrors } from './errors.js';
import { PostgresLogStore } from './log/log-store.js';
import { withOwner } from './owner-session.js';
import { PostgresHoldStore } from './hold-store.js';
import { PostgresJournalStore } from './journal-store.js';
import { PostgresApprovalLinkStore } from './people/approval-link-store.js';
import { postgresPeopleStore } from './people-store.js';
import { PostgresPlaybookStore } from './playbook-store.js';
import { query } from './query.js';
import { PostgresReadStore } from './read-store.js';
import { PostgresSnapshotStore } from './snapshot-store.js';
import { PostgresEntryFeed } from './stream-store.js';
import { PostgresTeamStore } from './team-store.js';
import { PostgresTokenStore, sealTokenNames } from './token-store.js';
import { finishErasures, PostgresErasureStore } from './vault/erasure-store.js';
import { NoVault } from './vault/no-vault.js';
import { PostgresVault } from './vault/postgres-vault.js';
import { PostgresWorkStore } from './work-store.js';

export interface StoreOptions {
  /** `postgres://…` of a database that `migrate` has prepared. */
  readonly url: string;
  /**
   * File of the key that locks personal data; made where the deployment has none yet. Without it nothing that names
   * people can be read or written, tokens among it.
   */
  readonly vaultKeyFile?: string;
  /** What the server's activity view calls our connections. */
  readonly applicationName?: string;
  /** Connections of the door (8). Reads for people and the worker have `readPoolSize` (4) of their own. */
  readonly poolSize?: number;
  readonly readPoolSize?: number;
}

/** Everything the use cases need, over one PostgreSQL database. Any number of stores may share the database. */
export interface Store extends DoorStore, ReadStore, WorkStore {
  readonly tokens: TokenStore;
  readonly people: PeopleStore;
  readonly playbooks: PlaybookStore;
  readonly teams: TeamStore;
  readonly approvalLinks: ApprovalLinkStore;
  readonly vault: Vault;
  readonly erasures: ErasureStore;
  readonly holds: HoldStore;
  readonly journal: JournalStore;
  /** Every entry in one order, for those who listen. */
  readonly feed: EntryFeed;
  /** The tree over every entry. */
  readonly log: LogStore;
  readonly snapshots: SnapshotStore;
  /** For Nest's modules; its connections have the application's rights. */
  readonly dataSource: DataSource;
  /** Name of this deployment's log, the same for its whole life. */
  readonly logName: string;
  /** True when the connections run as the application's role, false when the login could not take it on. */
  readonly restricted: boolean;
  /** Resolves when the database answers; rejects with an OperationalError. One round trip. */
  ping(): Promise<void>;
  /** Waits for what is under way, then closes every connection. May be called twice. */
  close(): Promise<void>;
}

/**
 * The door's statements are planned once a connection and touch rows by key only: no sequential scan, or a plan made
 * while the tables were empty would read them whole until the next ANALYZE. A row lock is held for one statement: who
 * waits longer than the timeout waits for something broken.
 */
const DOOR_SETTINGS = {
  plan_cache_mode: 'force_generic_plan',
  enable_seqscan: 'off',
  jit: 'off',
  lock_timeout: 2_000,
  statement_timeout: 5_000,
} as const;
const READ_SETTINGS = { jit: 'off', statement_timeout: 30_000 } as const;
/**
 * Connections that are held for long and say little. The server has to find out that the other side is gone, or a machine
 * that lost its power would lead the log for two hours more; and nobody is thrown out for being quiet.
 */
const HELD_SETTINGS = {
  ...{ tcp_keepalives_idle: 15, tcp_keepalives_interval: 5, tcp_keepalives_count: 3 },
  idle_session_timeout: 0,
} as const;

const PING = { name: 'ping', text: 'SELECT 1' };

/**
 * Connects; throws an OperationalError where it cannot, not retryable when the server is too old. Does not migrate.
 * Connections take on the role `cordon_app` where the login may.
 */
export async function openStore(options: StoreOptions): Promise<Store> {
  const { url, vaultKeyFile, applicationName = 'cordon', poolSize = 8, readPoolSize = 4 } = options;
  const restricted = await withOwner(url, async (client) => {
    await mustNotBeHalfRestored(client);
    return canSetRole(client);
  });
  const role: SessionSettings = restricted ? { role: APP_ROLE } : {};
  const dataSource = makeDataSource({
    url,
    applicationName,
    settings: { ...role, ...READ_SETTINGS },
    poolSize: readPoolSize,
  });
  await withStoreErrors(() => dataSource.initialize());
  const doorConfig = clientConfig({ url, applicationName, settings: { ...role, ...DOOR_SETTINGS } });
  // The driver's own limit is for a server that no longer answers at all; it is longer than the server's.
  const pool = new pg.Pool({ ...doorConfig, max: poolSize, query_timeout: 10_000 });
  // An idle connection that the server closes is taken out of the pool by the driver; nothing else is lost.
  pool.on('error', () => undefined);
  const [deployment] = await withStoreErrors(() => dataSource.manager.find(DeploymentEntity));
  if (!deployment)
    throw new OperationalError('The database has no log name: run the migrations first.', false);
  const vault = vaultKeyFile === undefined ? undefined : new PostgresVault(dataSource, vaultKeyFile);
  const feed = new PostgresEntryFeed(dataSource);
  const held = clientConfig({ url, applicationName, settings: { ...role, ...HELD_SETTINGS } });
  const log = new PostgresLogStore(dataSource, feed, { ...held, query_timeout: 5_000 });
  const store = assemble({ pool, dataSource, restricted, logName: deployment.log, vault, feed, log });
  if (!vault) return store;
  try {
    await vault.prepare();
    await sealTokenNames(dataSource, vault);
    await finishErasures(dataSource);
    return store;
  } catch (error) {
    await store.close();
    throw error;
  }
}

interface StoreParts extends Pick<Store, 'dataSource' | 'feed' | 'logName' | 'restricted'> {
  readonly pool: pg.Pool;
  readonly vault: PostgresVault | undefined;
  readonly log: PostgresLogStore;
}

function assemble({ pool, dataSource, restricted, logName, vault, feed, log }: StoreParts): Store {
  const door = new PostgresDoorStore(pool);
  const reads = new PostgresReadStore(dataSource);
  const work = new PostgresWorkStore(dataSource);
  let closing: Promise<void> | undefined;
  return {
    load: (ids, keys) => door.load(ids, keys),
    commit: (writes) => door.commit(writes),
    commitTogether: (writes, act) => door.commitTogether(writes, act),
    act: (actor, key) => door.act(actor, key),
    open: (incident) => door.open(incident),
    incident: (id) => reads.incident(id),
    incidents: (filter) => reads.incidents(filter),
    showsAll: (visibleTo) => reads.showsAll(visibleTo),
    tasks: (filter) => reads.tasks(filter),
    workload: (filter) => reads.workload(filter),
    entries: (id, afterSeq, limit) => reads.entries(id, afterSeq, limit),
    claimTimers: (limit, leaseMs) => work.claimTimers(limit, leaseMs),
    dropTimer: (timer) => work.dropTimer(timer),
    nextTimerAt: () => work.nextTimerAt(),
    relayOutbox: (limit) => work.relayOutbox(limit),
    tokens: new PostgresTokenStore(dataSource, vault ?? new NoVault()),
    people: postgresPeopleStore(dataSource),
    playbooks: new PostgresPlaybookStore(dataSource),
    teams: new PostgresTeamStore(dataSource),
    approvalLinks: new PostgresApprovalLinkStore(dataSource),
    vault: vault ?? new NoVault(),
    holds: new PostgresHoldStore(dataSource),
    erasures: new PostgresErasureStore(dataSource, vault),
    journal: new PostgresJournalStore(pool),
    feed,
    log,
    snapshots: new PostgresSnapshotStore(dataSource),
    dataSource,
    logName,
    restricted,
    ping: async () => void (await query(pool, PING, [])),
    close: () => {
      vault?.close();
      return (closing ??= Promise.all([log.close(), pool.end(), dataSource.destroy()]).then(() => undefined));
    },
  };
}
