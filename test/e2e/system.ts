/** A running Cordon of one or more processes, and hands on its API that go to one process after the other. */
import { randomUUID } from 'node:crypto';
import { EventAnswer, HistoryPage, Incident, IssuedToken } from '@cordon/contracts';
import { openAlertSink, type AlertSink } from '../support/alert-sink.js';
import { ask, type Ask, type Reply } from '../support/ask.js';
import { publish, type Deployment } from '../support/deployment.js';
import { launch, type ServerProcess } from '../support/server-process.js';
import { SHORT_CLOCKS } from '../support/short-clocks.js';
import { pause } from '../support/until.js';

export type Role = 'all' | 'api' | 'worker';
export type Entry = ReturnType<typeof HistoryPage.parse>['items'][number];
type IncidentAnswer = ReturnType<typeof Incident.parse>;

interface Member {
  readonly role: Role;
  readonly process: ServerProcess;
  readonly url: string | undefined;
}

/** A request is answered by another process where its first one is gone; so many times it is sent in all. */
const MOST_TRIES = 200;

export class System {
  private members: Member[] = [];
  private turn = 0;
  private stopped = false;

  private constructor(
    readonly deployment: Deployment,
    readonly sink: AlertSink,
    /** May do everything. */
    readonly token: string,
  ) {}

  static async start(deployment: Deployment, roles: readonly Role[]): Promise<System> {
    await publish(deployment, SHORT_CLOCKS);
    const system = new System(deployment, await openAlertSink(), randomUUID() + randomUUID());
    try {
      // All at once: whoever comes first prepares the database, and the others wait for it.
      await Promise.all(roles.map((role) => system.launch(role)));
      return system;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  async launch(role: Role): Promise<void> {
    const process = launch({
      ...this.deployment.settings,
      CORDON_ROLE: role,
      CORDON_BOOTSTRAP_TOKEN: this.token,
      CORDON_ALERT_URL: this.sink.url,
    });
    this.members.push({ role, process, url: await process.ready });
  }

  /** `kill -9` of the first process with this role. */
  async kill(role: Role): Promise<void> {
    const member = this.members.find((one) => one.role === role);
    if (!member) throw new Error(`there is no ${role}`);
    this.members = this.members.filter((one) => one !== member);
    await member.process.kill();
  }

  /** Stops every process in order. Safe to call twice. */
  async stop(): Promise<void> {
    const members = this.members.splice(0);
    if (!this.stopped) await this.sink.close();
    this.stopped = true;
    await Promise.all(members.map(({ process }) => process.stop()));
  }

  /** Address of an API process, another one at each call. */
  url(): string {
    const urls = this.members.flatMap(({ url }) => url ?? []);
    this.turn += 1;
    const url = urls[this.turn % urls.length];
    if (url === undefined) throw new Error('no process of this system answers requests');
    return url;
  }

  /** Paths begin behind `/api/v1`. */
  ask(path: string, what: Ask = {}): Promise<Reply> {
    return ask(`${this.url()}/api/v1${path}`, { token: this.token, ...what });
  }

  /** Sent again under its key to the next process when the connection breaks or the answer is "busy". */
  async insist(path: string, what: Ask & { readonly key: string }): Promise<Reply> {
    for (let tries = 1; ; tries += 1) {
      const reply = await this.ask(path, what).catch((error: unknown) => {
        if (tries >= MOST_TRIES) throw error;
        return undefined;
      });
      if (reply && (reply.status !== 503 || tries >= MOST_TRIES)) return reply;
      await pause(20);
    }
  }

  submit(ref: string, json: object, key: string = randomUUID(), token = this.token): Promise<Reply> {
    return this.insist(`/incidents/${ref}/events`, { json, key, token });
  }

  /** An event that has to be accepted. */
  async accepted(ref: string, json: object): Promise<Entry> {
    const reply = await this.submit(ref, json);
    if (reply.status !== 200) throw new Error(`${ref} answered ${reply.status}: ${reply.text}`);
    return EventAnswer.parse(reply.body).transition;
  }

  async open(json: object = {}): Promise<IncidentAnswer> {
    const about = {
      playbook: 'short-clocks',
      title: 'Something is wrong',
      awareAt: new Date().toISOString(),
      ...json,
    };
    const reply = await this.insist('/incidents', { json: about, key: randomUUID() });
    if (reply.status !== 201) throw new Error(`opening was answered ${reply.status}: ${reply.text}`);
    return Incident.parse(reply.body);
  }

  async incident(ref: string): Promise<IncidentAnswer> {
    return Incident.parse((await this.ask(`/incidents/${ref}`)).body);
  }

  async history(ref: string): Promise<readonly Entry[]> {
    const entries: Entry[] = [];
    for (let cursor: string | null | undefined; ;) {
      const query: string = cursor ? `&cursor=${encodeURIComponent(cursor)}` : '';
      const page = HistoryPage.parse(
        (await this.ask(`/incidents/${ref}/transitions?limit=200${query}`)).body,
      );
      entries.push(...page.items);
      cursor = page.nextCursor;
      if (!cursor) return entries;
    }
  }

  async person(name: string, ...roles: readonly string[]): Promise<string> {
    return IssuedToken.parse((await this.ask('/tokens', { json: { name, roles } })).body).token;
  }
}
