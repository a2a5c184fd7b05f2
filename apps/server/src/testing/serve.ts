import { randomUUID } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import type { Role } from '@cordon/contracts';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { tokenHash } from '../access/token-text.js';
import { createApp } from '../app.js';
import { stopListening } from '../boot/listen.js';
import { loadConfig } from '../config.js';
import type { Journal, JournalEvent } from '@cordon/runtime';
import { MemoryVault } from '@cordon/testkit';
import type { PlaybookText } from '../injection.js';
import { makeLog } from '../log.js';
import { Metrics } from '../operations/metrics.js';
import { FakeCordon } from './fake-cordon.js';
import { FakeStore } from './fake-store.js';

const playbookText: PlaybookText = {
  title: (_playbook, language) =>
    Promise.resolve({ title: language === 'en' ? 'Ransomware' : '勒索軟件', summary: '', markings: [] }),
  machine: () => Promise.resolve({ id: 'ransomware', initial: 'contain' }),
  diagram: (digest, { language, theme, marks }) =>
    Promise.resolve(`<svg>${digest} ${language} ${theme ?? ''} ${Object.keys(marks ?? {}).join()}</svg>`),
  mermaid: () => Promise.resolve('flowchart TB\n'),
  cacao: ({ id }) => Promise.resolve({ type: 'playbook', name: id }),
  execution: ({ ref }, entries) =>
    Promise.resolve([{ type: 'execution-status', ref, entries: entries.length }]),
};

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** The parsed body; undefined when it is not JSON. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- a test looks into it as it likes
  readonly body: any;
}

export interface Ask {
  readonly method?: string;
  readonly token?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly raw?: string | Uint8Array;
}

export interface Served {
  readonly app: NestExpressApplication;
  readonly url: string;
  readonly cordon: FakeCordon;
  readonly store: FakeStore;
  readonly metrics: Metrics;
  /** What the journal was told, in order. */
  readonly journalled: JournalEvent[];
  readonly logged: string[];
  readonly clock: { at: number; now(): number };
  /** Adds a person with these roles; its token's text. */
  person(...roles: readonly Role[]): Promise<string>;
  /** Sends a request, by an administrator unless told otherwise. */
  ask(path: string, ask?: Ask): Promise<Reply>;
  close(): Promise<void>;
}

/** What `serve` makes, before it listens. */
export type Built = Pick<Served, 'app' | 'cordon' | 'store' | 'metrics' | 'journalled' | 'logged' | 'clock'>;

/** The HTTP app over use cases and a store that are made up; it does not listen yet. */
export async function build(environment: Record<string, string> = {}): Promise<Built> {
  const [cordon, store, metrics, logged] = [new FakeCordon(), new FakeStore(), new Metrics(), [] as string[]];
  const clock = { at: Date.parse('2025-02-22T03:00:00Z'), now: () => clock.at };
  const log = makeLog('info', { write: (line: string) => void logged.push(line) });
  const journalled: JournalEvent[] = [];
  const journal: Journal = {
    record: (event) => Promise.resolve({ seq: journalled.push(event), hash: new Uint8Array(32) }),
  };
  const app = await createApp({
    cordon,
    journal,
    vault: new MemoryVault(),
    store,
    playbookText,
    config: loadConfig(environment),
    clock,
    metrics,
    log,
  });
  return { app, cordon, store, metrics, journalled, logged, clock };
}

/** The app on a free port. */
export async function serve(environment: Record<string, string> = {}): Promise<Served> {
  const built = await build(environment);
  const { app, store, clock } = built;
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as unknown as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const person = async (...roles: readonly Role[]): Promise<string> => {
    const text = `cdn_${randomUUID()}`;
    await store.tokens.add({
      id: randomUUID(),
      name: roles.join(' '),
      roles,
      createdAt: clock.at,
      hash: tokenHash(text),
    });
    return text;
  };
  const administrator = await person('administrator');
  const ask = (path: string, what: Ask = {}) => send(url + path, { token: administrator, ...what });
  return { ...built, url, person, ask, close: () => stopListening(app) };
}

export async function send(url: string, { method, token, headers, json, raw }: Ask): Promise<Reply> {
  const body = raw ?? (json === undefined ? undefined : JSON.stringify(json));
  const response = await fetch(url, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(token === null || token === undefined ? {} : { Authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body }),
    redirect: 'manual',
  });
  // A stream does not end by itself: what it holds is not waited for.
  const endless = response.headers.get('content-type')?.startsWith('text/event-stream') === true;
  if (endless) await response.body?.cancel();
  const text = endless ? '' : await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
