import { gatherSources, parsePlaybook, type SourceFinder } from '@cordon/playbook';
import { compileMachines, type Machines } from '@cordon/engine';
import { digestOf } from '@cordon/audit';
import { InvariantError } from '@cordon/kernel';
import type { PlaybookStore, StoredPlaybook } from './ports.js';

/** Compiled machines kept at once; a compiled playbook of sixty steps takes a few hundred kilobytes. */
const MAX_COMPILED = 64;

/** Published playbooks, compiled once per digest and kept while they are in use. */
export class Library {
  private readonly compiled = new Map<string, Promise<Machines>>();

  constructor(private readonly store: PlaybookStore) {}

  /** The machines of a published playbook. Rejects with an InvariantError for a digest that was never published. */
  async machines(digest: string): Promise<Machines> {
    const known = this.compiled.get(digest);
    if (known) {
      this.compiled.delete(digest);
      this.compiled.set(digest, known);
      return known;
    }
    const compiling = this.compile(digest);
    this.compiled.set(digest, compiling);
    compiling.catch(() => this.compiled.delete(digest));
    const oldest = this.compiled.size > MAX_COMPILED ? this.compiled.keys().next().value : undefined;
    if (oldest !== undefined) this.compiled.delete(oldest);
    return compiling;
  }

  /** The named version, else the newest by version number. */
  async find(id: string, version?: string): Promise<StoredPlaybook | undefined> {
    if (version !== undefined) return this.store.byVersion(id, version);
    const all = (await this.store.list()).filter((one) => one.id === id);
    return all.sort((a, b) => compareVersions(b.version, a.version))[0];
  }

  list(): Promise<readonly StoredPlaybook[]> {
    return this.store.list();
  }

  private async compile(digest: string): Promise<Machines> {
    const stored = await this.store.byDigest(digest);
    if (!stored) throw new InvariantError(`no playbook with digest ${digest} was ever published`);
    if (digestOf(stored.source) !== digest)
      throw new InvariantError(
        `the stored source of ${stored.id} ${stored.version} does not have its digest`,
      );
    const { playbook, findings } = parsePlaybook(stored.source, await sourcesFor(this.store, stored.source));
    if (!playbook)
      throw new InvariantError(
        `${stored.id} ${stored.version} does not parse any more: ${findings[0]?.message ?? ''}`,
      );
    return compileMachines(playbook, digest);
  }
}

/** Orders `1.10.0` after `1.9.2`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split('.').map(Number));
  for (let i = 0; i < 3; i += 1) {
    const difference = (left?.[i] ?? 0) - (right?.[i] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The published playbooks that this one uses, directly or through others. */
function sourcesFor(store: PlaybookStore, source: string): Promise<SourceFinder> {
  return gatherSources(source, async ({ id, version }) => {
    const stored = await store.byVersion(id, version);
    return stored && { text: stored.source, digest: stored.digest };
  });
}

export interface Publication {
  readonly outcome: 'published' | 'known' | 'conflict' | 'refused';
  readonly id?: string;
  readonly version?: string;
  readonly digest?: string;
  readonly findings: ReturnType<typeof parsePlaybook>['findings'];
}

/** Checks a playbook's source and publishes it; nothing is stored unless it is free of errors. */
export async function publishPlaybook(
  store: PlaybookStore,
  source: string,
  publishedAt: number,
): Promise<Publication> {
  const { playbook, findings } = parsePlaybook(source, await sourcesFor(store, source));
  if (!playbook) return { outcome: 'refused', findings };
  const digest = digestOf(source);
  const { id, version } = playbook;
  const outcome = await store.publish({ id, version, digest, source, publishedAt });
  return { outcome, id, version, digest, findings };
}
