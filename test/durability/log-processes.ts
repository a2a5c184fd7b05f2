/** The processes of one deployment that share its log, each killed and started by itself. */
import { writeFile } from 'node:fs/promises';
import { launch, type ServerProcess } from '../support/server-process.js';

export type Role = 'all' | 'api' | 'worker';

interface Member {
  readonly role: Role;
  process: ServerProcess;
  url: string | undefined;
  /** By `performance.now()`; undefined while it is not ready. */
  readySince: number | undefined;
}

const READY_BOUND_MS = 120_000;

export class LogProcesses {
  private readonly members: Member[] = [];

  constructor(
    private readonly settings: Readonly<Record<string, string>>,
    private readonly roles: readonly Role[],
  ) {
    for (const role of roles) this.members.push(this.launched(role));
  }

  /** Address of the API; undefined while it is down. */
  get url(): string | undefined {
    return this.members.find(({ url }) => url !== undefined)?.url;
  }

  /** Address of the process with this role; undefined while it is down. */
  urlOf(role: Role): string | undefined {
    return this.members.find((member) => member.role === role)?.url;
  }

  /** Since when all of them have run without a break; undefined while one is down. */
  get workingSince(): number | undefined {
    const since = this.members.map(({ readySince }) => readySince);
    return since.includes(undefined) ? undefined : Math.max(...since.filter((one) => one !== undefined));
  }

  /** Every one of them is up. Fails with what it said where one ended: so it does when the log does not verify. */
  async ready(): Promise<void> {
    for (const { process, role } of this.members) {
      let late: NodeJS.Timeout | undefined;
      const tooLate = new Promise<never>((_, reject) => {
        const fail = (): void => reject(new Error(`the ${role} is not ready. ${process.said()}`));
        late = setTimeout(fail, READY_BOUND_MS);
      });
      await Promise.race([process.ready, tooLate]).finally(() => clearTimeout(late));
    }
  }

  /** `kill -9` of these, at once; each is started again. What had ended by itself is a fault. */
  async kill(roles: readonly Role[]): Promise<void> {
    const victims = this.members.filter(({ role }) => roles.includes(role));
    for (const { process, role } of victims)
      if (!process.isRunning()) throw new Error(`the ${role} ended before it was killed. ${process.said()}`);
    await Promise.all(
      victims.map(async (member) => {
        member.url = member.readySince = undefined;
        await member.process.kill();
        Object.assign(member, this.launched(member.role));
      }),
    );
  }

  /** In order, whoever answers requests first: then the worker has the last word. */
  async stop(): Promise<void> {
    for (const member of [...this.members].sort((a, b) => a.role.localeCompare(b.role))) {
      member.url = member.readySince = undefined;
      await member.process.stop();
    }
  }

  start(): void {
    this.members.splice(0, Infinity, ...this.roles.map((role) => this.launched(role)));
  }

  /** One more process. */
  add(role: Role): void {
    this.members.push(this.launched(role));
  }

  async killAll(): Promise<void> {
    await Promise.all(this.members.map(({ process }) => process.kill()));
  }

  /** The end of what each of them said on standard error. */
  said(): string {
    return this.members.map(({ role, process }) => `${role}: ${process.said()}`).join('\n');
  }

  /** The whole log as a bundle, in this file. */
  async exportTo(file: string, token: string, url: string): Promise<void> {
    const headers = { authorization: `Bearer ${token}` };
    const response = await fetch(`${url}/api/v1/audit/export`, { headers });
    if (response.status !== 200)
      throw new Error(`the export was answered ${response.status}: ${await response.text()} ${this.said()}`);
    await writeFile(file, Buffer.from(await response.arrayBuffer()));
  }

  private launched(role: Role): Member {
    const process = launch({ ...this.settings, CORDON_ROLE: role });
    const member: Member = { role, process, url: undefined, readySince: undefined };
    // It may be killed before it is ready, and another is in its place then.
    process.ready.then(
      (url) => this.noteReady(process, url),
      () => undefined,
    );
    return member;
  }

  private noteReady(process: ServerProcess, url: string | undefined): void {
    const member = this.members.find((one) => one.process === process);
    if (!member || !process.isRunning()) return;
    member.url = url;
    member.readySince = performance.now();
  }
}
