import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock, type Clock } from '@cordon/kernel';
import {
  idOfRef,
  LogKeeper,
  publishPlaybook,
  type DeploymentJournal,
  type IncidentId,
  type KeeperOptions,
  type Runtime,
} from '@cordon/runtime';
import { FolderKeys, openStore, SignerMemoryFile, type Store } from '@cordon/store';
import pg from 'pg';
import { testDatabase, type TestDatabase } from '../../../../test/support/database.js';
import { assembleCordon, openJournal } from '../boot/use-cases.js';

const SOURCE = `
cordon: 1
id: tiny
version: 1.0.0
languages: [en]
title: {en: Tiny}
summary: {en: Tiny}
roles: [{id: responder, title: {en: Responder}}]
phases:
  - id: contain
    title: {en: Contain}
    steps:
      - {task: first, title: {en: First}, role: responder}
flow: [contain]
`;

const PERSON = { type: 'person' as const, id: 'ann', roles: ['coordinator', 'responder'] };
export const SYSTEM = { type: 'system' as const, id: 'cordon', roles: [] };

/** A database and a folder of keys, as a server has them, for tests of the log. */
export interface LogDeployment {
  readonly database: TestDatabase;
  readonly folder: string;
  readonly store: Store;
  readonly cordon: Runtime;
  readonly journal: DeploymentJournal;
  readonly keys: FolderKeys;
  readonly memory: SignerMemoryFile;
  /** What was told to be tried again. */
  readonly failures: string[];
  keeper(options?: Partial<KeeperOptions>): LogKeeper;
  /** Adds entries to the journal. */
  write(entries: number, type?: string): Promise<void>;
  /** Opens an incident and adds notes to it. */
  open(notes: number): Promise<IncidentId>;
  /** Everything into the tree, and signed. */
  settle(): Promise<void>;
  /** As the owner of the tables, who may do anything. */
  attack(...sql: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

export async function logDeployment(clock: Clock = systemClock): Promise<LogDeployment> {
  const database = await testDatabase();
  const folder = await mkdtemp(join(tmpdir(), 'cordon-log-'));
  const store = await openStore({ url: database.url });
  await publishPlaybook(store.playbooks, SOURCE, clock.now());
  const cordon = assembleCordon(store, clock);
  const journal = openJournal(store, clock);
  const keys = new FolderKeys(join(folder, 'keys'));
  const memory = new SignerMemoryFile(join(folder, 'keys', 'log.checkpoint'));
  const failures: string[] = [];
  const failed = (what: string, error: unknown): void => void failures.push(`${what}: ${String(error)}`);
  const keeper = (more: Partial<KeeperOptions> = {}): LogKeeper =>
    new LogKeeper({ ...{ store: store.log, journal, keys, memory, clock, failed }, ...more });
  return {
    ...{ database, folder, store, cordon, journal, keys, memory, failures, keeper },
    async write(entries, type = 'test.entry') {
      await Promise.all(
        Array.from({ length: entries }, (_, n) => journal.record({ actor: SYSTEM, type, data: { n } })),
      );
    },
    async open(notes) {
      const awareAt = new Date(clock.now()).toISOString();
      const command = { key: `open ${awareAt} ${notes}`, playbook: 'tiny', title: 'T', awareAt };
      const opened = await cordon.openIncident(command, PERSON);
      const id = opened.ok ? idOfRef(opened.value.ref) : undefined;
      if (id === undefined) throw new Error(JSON.stringify(opened));
      for (let n = 0; n < notes; n += 1) {
        const note = { key: `note ${id} ${n}`, type: 'note.add', data: { text: `note ${n}` } };
        const { ok } = await cordon.submitEvent(id, note, PERSON);
        if (!ok) throw new Error('a note was refused');
      }
      return id;
    },
    async settle() {
      const one = keeper();
      await one.begin();
      // The first turn announces, the second has the announcements in the tree, and signs.
      for (let turn = 0; turn < 4; turn += 1) await one.turn();
      await one.finish();
      if (failures.length > 0) throw new Error(failures.join());
    },
    async attack(...sql) {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      try {
        for (const one of sql) await client.query(one);
      } finally {
        await client.end();
      }
    },
    async close() {
      await store.close();
      await database.drop();
      await rm(folder, { recursive: true });
    },
  };
}
