import { InvariantError, TamperError } from '@cordon/kernel';
import type { Vault } from '@cordon/runtime';
import type { DataSource } from 'typeorm';
import { asStoreError, withStoreErrors } from '../errors.js';
import { newKey, openText, sealText, unwrapKey, wrapKey } from './cipher.js';
import { KeyFile } from './key-file.js';
import type { DeploymentKey } from './key-document.js';
import { KeyMemory } from './key-memory.js';
import { prepareKey } from './prepare-key.js';
import { lockKey, rotate, settle, unknownKey, type Sql, type SubjectKeyRow } from './rotation.js';
import { addSubjectKey, eraseSubjectKey, readSubjectKeys, readVaultKey } from './subject-keys.sql.js';

/** While another process changes the key, the row and the file disagree for some milliseconds. */
const LOOKS = 40;
const BETWEEN_LOOKS_MS = 25;

const ERASED = Symbol('erased');
type Found = Buffer | typeof ERASED | undefined;

interface Asked {
  readonly answer: Promise<Found>;
  readonly resolve: (found: Found) => void;
  readonly reject: (error: unknown) => void;
}

function newAsked(): Asked {
  let resolve: Asked['resolve'] = () => undefined;
  let reject: Asked['reject'] = () => undefined;
  const answer = new Promise<Found>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { answer, resolve, reject };
}

/**
 * The vault over PostgreSQL: a random key for each subject, in the table `subject_key`, wrapped under the deployment's
 * key, which lies in a file. An erasure drops the subject's key and changes the deployment's, so that neither a dead row,
 * nor the write-ahead log, nor a backup of the database opens what was erased; see docs/adr/0011. Any number of
 * processes may share database and file.
 */
export class PostgresVault implements Vault {
  private readonly memory = new KeyMemory();
  private readonly erased = new Set<string>();
  private readonly file: KeyFile;
  private deploymentKey: DeploymentKey | undefined;
  private asked = new Map<string, Asked>();

  constructor(
    private readonly dataSource: DataSource,
    keyFile: string,
  ) {
    this.file = new KeyFile(keyFile);
  }

  /** To be called before anything else. Throws a VaultKeyError where the key is missing or another one's. */
  async prepare(): Promise<void> {
    this.deploymentKey = await this.transaction((sql) => prepareKey(sql, this.file));
  }

  async seal(subject: string, plain: string, purpose = ''): Promise<string> {
    const key = (await this.find(subject)) ?? (await this.make(subject));
    if (key === ERASED) throw new InvariantError(`nothing can be sealed for ${subject}, who was erased`);
    return sealText(key, subject, purpose, plain);
  }

  async open(subject: string, sealed: string, purpose = ''): Promise<string | undefined> {
    const key = await this.find(subject);
    if (key === ERASED) return undefined;
    if (!key) throw new TamperError(`the vault has no key of ${subject}, and has never erased one`);
    return openText(key, subject, purpose, sealed);
  }

  erase(subject: string): Promise<boolean> {
    return this.eraseWith(subject, () => Promise.resolve());
  }

  /**
   * `erase` in one transaction with other work: all of it happens or nothing. Where the process dies after the commit,
   * the old key file is left; the next erasure or start, here or in another process, destroys it.
   */
  async eraseWith(subject: string, also: (sql: Sql) => Promise<void>): Promise<boolean> {
    const { hadKey, promoted } = await this.transaction(async (sql) => {
      const id = await lockKey(sql);
      const present = await settle(this.file, id);
      if (!present) throw unknownKey(this.file, id);
      const [row] = await sql.query<{ had_key: boolean }>(eraseSubjectKey, [subject, new Date()]);
      await also(sql);
      if (row?.had_key !== true) return { hadKey: false };
      return { hadKey: true, promoted: await rotate(sql, this.file, present) };
    });
    this.erased.add(subject);
    this.memory.forget(subject);
    if (promoted !== undefined) await this.file.promote(promoted);
    return hadKey;
  }

  /** Forgets every key. */
  close(): void {
    this.memory.clear();
    this.deploymentKey = undefined;
  }

  /** The subject's key, remembered for some seconds. Who asks in the same turn shares a look at the database. */
  private find(subject: string): Promise<Found> {
    if (this.erased.has(subject)) return Promise.resolve(ERASED);
    const remembered = this.memory.get(subject);
    if (remembered) return Promise.resolve(remembered);
    const asked = this.asked.get(subject) ?? newAsked();
    if (this.asked.size === 0) setImmediate(() => void this.answerAll());
    this.asked.set(subject, asked);
    return asked.answer;
  }

  private async answerAll(): Promise<void> {
    const asked = this.asked;
    this.asked = new Map();
    try {
      const found = await this.look([...asked.keys()]);
      for (const [subject, { resolve }] of asked) resolve(found.get(subject));
    } catch (error) {
      for (const { reject } of asked.values()) reject(error);
    }
  }

  private async look(subjects: readonly string[]): Promise<ReadonlyMap<string, Found>> {
    for (let looks = 1; ; looks += 1) {
      const rows = await withStoreErrors(() =>
        this.dataSource.query<SubjectKeyRow[]>(readSubjectKeys, [subjects]),
      );
      const found = new Map<string, Found>();
      let unknown: string | undefined;
      for (const row of rows) {
        const key = await this.unwrap(row);
        if (key === undefined) unknown = row.key_id ?? '';
        else found.set(row.subject, this.noted(row.subject, key));
      }
      if (unknown === undefined) return found;
      if (looks === LOOKS) throw unknownKey(this.file, unknown);
      await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
    }
  }

  /** Undefined while the key that it is wrapped under is not to be found. */
  private async unwrap({ subject, key_id: keyId, wrapped }: SubjectKeyRow): Promise<Found> {
    if (keyId === null || wrapped === null) return ERASED;
    const deploymentKey = await this.keyNamed(keyId);
    return deploymentKey && unwrapKey(deploymentKey.key, subject, wrapped);
  }

  private async keyNamed(id: string): Promise<DeploymentKey | undefined> {
    if (this.deploymentKey?.id !== id) this.deploymentKey = await this.file.find(id);
    return this.deploymentKey;
  }

  /** What was on its way while the subject was erased here comes too late. */
  private noted(subject: string, key: Buffer | typeof ERASED): Found {
    if (key === ERASED) this.erased.add(subject);
    if (this.erased.has(subject)) return ERASED;
    this.memory.put(subject, key as Buffer);
    return key;
  }

  /** Makes the subject's key, or finds the one that another process has made meanwhile. */
  private async make(subject: string): Promise<Buffer | typeof ERASED> {
    for (let looks = 1; looks <= LOOKS; looks += 1) {
      const deploymentKey = await this.countingKey();
      if (deploymentKey) {
        const wrapped = wrapKey(deploymentKey.key, subject, newKey());
        const values = [subject, deploymentKey.id, wrapped];
        await withStoreErrors(() => this.dataSource.query(addSubjectKey, values));
      }
      const found = (await this.look([subject])).get(subject);
      if (found) return found;
      // The key has changed since it was read, or is about to.
      this.deploymentKey = undefined;
      if (!deploymentKey) await new Promise((resolve) => setTimeout(resolve, BETWEEN_LOOKS_MS));
    }
    throw unknownKey(this.file, 'that the database names now');
  }

  /** The key that the database names, or named when it was last looked at: what is wrapped under an older one is not added. */
  private async countingKey(): Promise<DeploymentKey | undefined> {
    if (this.deploymentKey) return this.deploymentKey;
    const [row] = await withStoreErrors(() => this.dataSource.query<{ id: string }[]>(readVaultKey));
    return this.keyNamed(row?.id ?? '');
  }

  private async transaction<T>(work: (sql: Sql) => Promise<T>): Promise<T> {
    try {
      return await this.dataSource.transaction('READ COMMITTED', (manager) =>
        work({ query: (text, values) => manager.query(text, values as unknown[]) }),
      );
    } catch (thrown) {
      throw thrown instanceof TamperError ? thrown : asStoreError(thrown);
    }
  }
}
