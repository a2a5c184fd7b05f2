/** Responders under pressure: many at once, each sending one event after the other and never giving one up. */
import { ask, type Reply } from '../support/ask.js';
import { chance, type Chance } from '../support/random.js';
import { pause } from '../support/until.js';
import type { Ledger } from './ledger.js';

/** Where the server is to be found at this moment; undefined while it is down. */
export interface Target {
  url: string | undefined;
}

export interface ClientsOptions {
  readonly target: Target;
  readonly ledger: Ledger;
  readonly seed: number;
  readonly count: number;
  /** May do everything, and nothing. */
  readonly tokens: { readonly lead: string; readonly auditor: string };
  readonly incidents: number;
}

interface Request {
  readonly ref: string;
  readonly path: string;
  readonly json: object;
  readonly key: string;
  readonly token: string;
}

/** How long a client waits before it tries a server again that was gone. */
const RETRY_MS = 20;
const AT_MOST_INCIDENTS = 60;

export class Clients {
  private stopping = false;
  private running: Promise<unknown> = Promise.resolve();
  private opened: string[] = [];
  private sent = 0;

  constructor(private readonly options: ClientsOptions) {}

  /** Opens the first incidents, then lets everybody loose. The first incident is the hot one. */
  async start(): Promise<void> {
    const { count, seed, incidents } = this.options;
    for (let i = 0; i < incidents; i += 1) await this.open();
    this.running = Promise.all(Array.from({ length: count }, (_, i) => this.work(chance(seed + 1 + i))));
  }

  /** Everybody finishes what they have begun: afterwards every request has its answer. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private async work(luck: Chance): Promise<void> {
    while (!this.stopping) {
      if (this.opened.length < AT_MOST_INCIDENTS && luck.happens(0.01)) await this.open();
      const request = this.compose(luck);
      const twins = luck.happens(0.05) ? 2 : 1;
      await Promise.all(Array.from({ length: twins }, () => this.insist(request)));
      if (luck.happens(0.08)) await this.insist(request);
    }
  }

  private async open(): Promise<void> {
    const key = this.newKey();
    const json = { playbook: 'short-clocks', title: `Incident ${key}`, awareAt: new Date().toISOString() };
    await this.insist({ ref: '', path: '/incidents', json, key, token: this.options.tokens.lead });
    const ref = this.options.ledger.told.get(key)?.ref;
    if (ref !== undefined) this.opened.push(ref);
  }

  private compose(luck: Chance): Request {
    const [hot = ''] = this.opened;
    const ref = luck.happens(0.3) ? hot : luck.pick(this.opened);
    const { lead, auditor } = this.options.tokens;
    const send = (json: object, token = lead): Request => ({
      ref,
      path: `/incidents/${ref}/events`,
      json,
      key: this.newKey(),
      token,
    });
    const draw = luck.next();
    if (draw < 0.4) return send({ type: 'note.add', data: { text: `seen at ${luck.between(0, 9999)}` } });
    if (draw < 0.6) return send({ type: 'step.complete', step: 'work', data: { output: {} } });
    if (draw < 0.8)
      return send({ type: 'step.complete', step: 'again', data: { output: { answer: 'more' } } });
    if (draw < 0.9)
      return send({ type: 'fact.set', data: { fact: 'affectedCount', value: luck.between(0, 9999) } });
    if (draw < 0.94) return send({ type: 'step.complete', step: 'findings', data: { output: {} } });
    if (draw < 0.97) return send({ type: 'step.complete', step: 'work', data: { output: {} } }, auditor);
    return send({ type: 'step.complete', step: 'nowhere' });
  }

  private newKey(): string {
    this.sent += 1;
    return `key-${this.sent}`;
  }

  /** The same request under the same key until an answer settles it. */
  private async insist(request: Request): Promise<void> {
    const { target, ledger } = this.options;
    for (let attempt = 0; ; attempt += 1) {
      const reply = await this.send(target.url, request);
      if (reply && ledger.note(request.key, request.ref, reply)) return;
      if (attempt === 0) ledger.resent += 1;
      await pause(RETRY_MS);
    }
  }

  private async send(
    url: string | undefined,
    { path, json, key, token }: Request,
  ): Promise<Reply | undefined> {
    if (url === undefined) return undefined;
    return ask(`${url}/api/v1${path}`, { json, key, token }).catch(() => undefined);
  }
}
