/** One bundle before both verifiers. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parsePolicy, type LevelNumber, type Report } from '@cordon/audit';
import { verifyFile } from '../../apps/cli/src/audit/verify-file.js';
import { type Answer, PythonVerifier } from './python-verifier.js';

export interface Given {
  readonly zip: Buffer;
  readonly policy: string;
  readonly since?: string;
}

export class Verifiers {
  private constructor(
    private readonly folder: string,
    private readonly python: PythonVerifier | undefined,
  ) {}

  static async open(withPython: boolean): Promise<Verifiers> {
    const folder = await mkdtemp(join(tmpdir(), 'attacks-'));
    return new Verifiers(folder, withPython ? new PythonVerifier() : undefined);
  }

  async typescript(given: Given, upTo: LevelNumber = 5): Promise<Report> {
    const path = join(this.folder, 'bundle.zip');
    await writeFile(path, given.zip);
    const { policy, since } = given;
    return verifyFile(path, { policy: parsePolicy(policy), upTo, ...(since === undefined ? {} : { since }) });
  }

  async byPython(given: Given): Promise<Answer> {
    if (!this.python) throw new Error('there is no Python');
    const names = { zip: 'given.zip', policy: 'policy.txt', since: 'since.txt' };
    const at = (name: string): string => join(this.folder, name);
    await writeFile(at(names.zip), given.zip);
    await writeFile(at(names.policy), given.policy);
    if (given.since !== undefined) await writeFile(at(names.since), given.since);
    return this.python.ask({
      ...{ bundle: at(names.zip), policy: at(names.policy) },
      ...(given.since === undefined ? {} : { since: at(names.since) }),
    });
  }

  async close(): Promise<void> {
    await this.python?.close();
    await rm(this.folder, { recursive: true });
  }
}
