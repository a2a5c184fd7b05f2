/** A deployment of several years, with incidents that closed, one that is open, and a journal among them. */
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import {
  createCordon,
  DeploymentJournal,
  DeploymentLog,
  HistoryExports,
  idOfRef,
  LogKeeper,
  publishPlaybook,
  selfCheck,
  type IncidentId,
  type Runtime,
} from '@cordon/runtime';
import { DiskEvidenceStore, FolderKeys, openStore, SignerMemoryFile, type Store } from '@cordon/store';
import { SimulatedClock } from '@cordon/testkit';
import pg from 'pg';
import { run } from '../../apps/cli/src/program.js';
import { bundleText } from '../../apps/cli/src/prune/archive.js';
import { testDatabase, type TestDatabase } from './database.js';

const PLAYBOOK = `
cordon: 1
id: small
version: 1.0.0
title: {en: Small}
summary: {en: One task}
languages: [en]
roles:
  - {id: responder, title: {en: Responder}}
phases:
  - id: contain
    title: {en: Contain}
    steps:
      - {task: look, title: {en: Look}, role: responder}
flow: [contain]
`;

export const PERSON = {
  ...{ type: 'person' as const, id: 'ann' },
  roles: ['administrator', 'coordinator', 'responder'],
};
/** In the title and the notes of every incident that closes. */
export const MARK = 'Quillfeather';
export const BEFORE = '2020-01-01';

const salt = (): string => randomUUID().replaceAll('-', '').slice(0, 22);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, Math.min(ms, 5)));

export interface Said {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export class Retention {
  readonly clock = new SimulatedClock(Date.parse('2018-03-01T00:00:00Z'));
  private count = 0;

  private constructor(
    readonly folder: string,
    readonly database: TestDatabase,
    readonly store: Store,
    readonly journal: DeploymentJournal,
    readonly cordon: Runtime,
  ) {}

  static async begin(): Promise<Retention> {
    const [database, folder] = [await testDatabase(), await mkdtemp(join(tmpdir(), 'cordon-retention-'))];
    const store = await openStore({ url: database.url, vaultKeyFile: join(folder, 'keys', 'vault.key') });
    // The clock is made by the class: what is made here asks it.
    const late: { clock?: SimulatedClock } = {};
    const clock = { now: () => late.clock?.now() ?? 0 };
    const journal = new DeploymentJournal({ store: store.journal, log: store.logName, clock, salt, pause });
    const cordon = createCordon({ store, vault: store.vault, log: store.logName, clock });
    const made = new Retention(folder, database, store, journal, cordon);
    late.clock = made.clock;
    await publishPlaybook(store.playbooks, PLAYBOOK, made.clock.now());
    return made;
  }

  get keys(): FolderKeys {
    return new FolderKeys(join(this.folder, 'keys'));
  }

  get memory(): SignerMemoryFile {
    return new SignerMemoryFile(join(this.folder, 'keys', 'log.checkpoint'));
  }

  get evidence(): DiskEvidenceStore {
    return new DiskEvidenceStore({ root: join(this.folder, 'evidence') });
  }

  async open(notes: number, title = 'T'): Promise<IncidentId> {
    const awareAt = new Date(this.clock.now()).toISOString();
    const command = { key: this.key(), playbook: 'small', title, awareAt };
    const answer = await this.cordon.openIncident(command, PERSON);
    const id = answer.ok ? idOfRef(answer.value.ref) : undefined;
    if (id === undefined) throw new Error(JSON.stringify(answer));
    for (let n = 0; n < notes; n += 1)
      await this.send(id, { type: 'note.add', data: { text: `${title} ${n}` } });
    return id;
  }

  async send(id: IncidentId, command: object): Promise<void> {
    const whole = { key: this.key(), ...command } as Parameters<Runtime['submitEvent']>[1];
    const answer = await this.cordon.submitEvent(id, whole, PERSON);
    if (!answer.ok) throw new Error(JSON.stringify([command, answer.refusal]));
  }

  async close(id: IncidentId): Promise<void> {
    await this.send(id, { type: 'step.complete', step: 'look' });
    await this.send(id, { type: 'incident.close' });
  }

  /** An incident that is over, with everything that rows can be made of. */
  async over(notes: number): Promise<IncidentId> {
    const id = await this.open(notes, MARK);
    await this.close(id);
    return id;
  }

  /** Keeps a file and names it in an entry; gives its SHA-256. */
  async collect(id: IncidentId, content: string, name = MARK): Promise<string> {
    const bytes = Buffer.from(content);
    const receipt = await this.evidence.receive(one(bytes), 1_000);
    if (receipt.outcome !== 'received') throw new Error(receipt.outcome);
    await receipt.file.keep();
    const { sha256 } = receipt.file;
    await this.send(id, {
      ...{ type: 'evidence.add', data: { name, sha256, stored: true }, stored: true },
    });
    await receipt.file.settle();
    return createHash('sha256').update(bytes).digest('hex');
  }

  async write(entries: number): Promise<void> {
    await Promise.all(
      Array.from({ length: entries }, (_, n) =>
        this.journal.record({ actor: PERSON, type: 'test.entry', data: { n } }),
      ),
    );
  }

  keeper(): LogKeeper {
    const failed = (what: string, error: unknown): never => {
      throw new Error(what, { cause: error });
    };
    const { keys, memory, clock, journal } = this;
    return new LogKeeper({ ...{ store: this.store.log, journal, keys, memory, clock, failed } });
  }

  async settle(): Promise<void> {
    const keeper = this.keeper();
    await keeper.begin();
    for (let turn = 0; turn < 4; turn += 1) await keeper.turn();
    await keeper.finish();
  }

  /** As a server does at its start. */
  async look(): Promise<void> {
    const { origin } = await this.store.log.head();
    const vkeys = (await this.keys.present('log', origin, false)).keys.map(({ vkey }) => vkey);
    await selfCheck({ store: this.store.log, memory: this.memory, vkeys, newest: Infinity });
  }

  service(): DeploymentLog {
    const { journal, keys, store } = this;
    return new DeploymentLog({ store: store.log, journal, keys, health: { fault: undefined }, pause });
  }

  async exports(): Promise<HistoryExports> {
    const { store, journal, evidence } = this;
    return new HistoryExports({
      ...{ log: store.log, service: this.service(), journal, evidence, incidents: store, vault: store.vault },
      ...{ playbooks: store.playbooks, text: await bundleText(), waitMs: 20_000 },
    });
  }

  get env(): Readonly<Record<string, string>> {
    return { CORDON_DATA_DIR: this.folder, DATABASE_URL: this.database.url };
  }

  async cli(...args: readonly string[]): Promise<Said> {
    return this.cliWith(this.env, ...args);
  }

  async cliWith(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<Said> {
    const [out, err] = [new PassThrough(), new PassThrough()];
    const { folder } = this;
    const io = { out, err, env, cwd: folder, root: folder, signal: new AbortController().signal };
    const code = await run(io, args);
    const text = (stream: PassThrough): string => String(stream.read() ?? '');
    return { code, out: text(out), err: text(err) };
  }

  prune(archive: string, ...more: readonly string[]): Promise<Said> {
    return this.cli(
      'audit',
      'prune',
      '--before',
      BEFORE,
      '--archive',
      archive,
      '--reason',
      'Six years',
      ...more,
    );
  }

  /** As the owner of the tables, who may do anything; rows of the last statement. */
  async asOwner(...sql: readonly string[]): Promise<readonly Record<string, unknown>[]> {
    const client = new pg.Client(this.database.url);
    await client.connect();
    try {
      let rows: readonly Record<string, unknown>[] = [];
      for (const statement of sql) ({ rows } = await client.query<Record<string, unknown>>(statement));
      return rows;
    } finally {
      await client.end();
    }
  }

  /** Number of rows of each table; with a word, of those in which it stands, in clear. */
  async rows(word?: string): Promise<Readonly<Record<string, number>>> {
    const tables = await this.asOwner(
      `SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1`,
    );
    const found: Record<string, number> = {};
    for (const { name } of tables) {
      const table = String(name);
      const hex = Buffer.from(word ?? '').toString('hex');
      const where =
        word === undefined ? '' : `WHERE strpos(row::text, '${word}') > 0 OR strpos(row::text, '${hex}') > 0`;
      const [row] = await this.asOwner(`SELECT count(*)::int AS n FROM "${table}" AS row ${where}`);
      if (row?.['n'] !== 0) found[table] = Number(row?.['n']);
    }
    return found;
  }

  async end(): Promise<void> {
    await this.store.close();
    await this.database.drop();
    await rm(this.folder, { recursive: true });
  }

  private key(): string {
    this.count += 1;
    return `key ${this.count}`;
  }
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
