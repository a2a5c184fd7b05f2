/** The playbooks of a bundle, compiled as the server compiles them. */
import { HistoryFault, type BundleHistory, type FaultPlace, type MachineDocument } from '@cordon/audit';
import { compileMachines, type Machines } from '@cordon/engine';
import { gatherSources, parsePlaybook } from '@cordon/playbook';

/** Compiled playbooks kept at once. */
const MAX_COMPILED = 64;

/** Compiles each playbook once while it is in use. What is wrong with one is a HistoryFault (E_MACHINE). */
export class BundleMachines {
  private readonly compiled = new Map<string, Promise<Machines>>();
  private byVersion: Promise<ReadonlyMap<string, string>> | undefined;

  constructor(private readonly history: Pick<BundleHistory, 'machine' | 'machines'>) {}

  /** The machines of the source with this digest; `place` is the entry that names it. */
  async of(digest: string, place: FaultPlace): Promise<Machines> {
    const known = this.compiled.get(digest);
    if (known) this.compiled.delete(digest);
    const compiling = known ?? this.compile(digest);
    this.compiled.set(digest, compiling);
    const oldest = this.compiled.size > MAX_COMPILED ? this.compiled.keys().next().value : undefined;
    if (oldest !== undefined) this.compiled.delete(oldest);
    try {
      return await compiling;
    } catch (error) {
      throw error instanceof HistoryFault
        ? new HistoryFault(error.code, error.message, { ...error.place, ...place })
        : error;
    }
  }

  private async compile(digest: string): Promise<Machines> {
    const document = await this.history.machine(digest);
    const path = `machines/${digest}.json`;
    const sources = await gatherSources(document.source, async (use) => {
      const other = (await this.versions()).get(`${use.id} ${use.version}`);
      return other === undefined
        ? undefined
        : { text: (await this.history.machine(other)).source, digest: other };
    });
    const { playbook, findings } = parsePlaybook(document.source, sources);
    if (!playbook) {
      const why = findings.find(({ severity }) => severity === 'error')?.message ?? 'it has errors';
      throw new HistoryFault('E_MACHINE', `${path} is not a playbook that this version can run: ${why}`, {
        path,
      });
    }
    if (playbook.id !== document.id || playbook.version !== document.version)
      throw new HistoryFault('E_MACHINE', `${path} calls its source by another name or version`, { path });
    return compileMachines(playbook, digest);
  }

  /** Digests by `id version`, for the playbooks that others use. */
  private versions(): Promise<ReadonlyMap<string, string>> {
    this.byVersion ??= (async () => {
      const found = new Map<string, string>();
      for (const digest of this.history.machines) {
        const { id, version }: MachineDocument = await this.history.machine(digest);
        found.set(`${id} ${version}`, digest);
      }
      return found;
    })();
    return this.byVersion;
  }
}
