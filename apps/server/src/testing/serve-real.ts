import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Role } from '@cordon/contracts';
import { createCordon, publishPlaybook, type JournalEvent, type Runtime } from '@cordon/runtime';
import { MemoryJournal, MemoryStore, MemoryVault, SimulatedClock } from '@cordon/testkit';
import { tokenHash } from '../access/token-text.js';
import { createApp } from '../app.js';
import { stopListening } from '../boot/listen.js';
import { loadConfig } from '../config.js';
import type { PlaybookText } from '../injection.js';
import { makeLog } from '../log.js';
import { Metrics } from '../operations/metrics.js';
import { send, type Ask, type Reply } from './serve.js';

const SOURCE = `
cordon: 1
id: tiny
version: 1.0.0
languages: [en]
title: {en: Tiny}
summary: {en: Tiny}
roles: [{id: responder, title: {en: Responder}}]
facts: []
phases:
  - id: contain
    title: {en: Contain}
    steps:
      - {task: first, title: {en: First}, role: responder}
      - {task: second, title: {en: Second}, role: responder}
flow: [contain]
`;

export interface RealServed {
  readonly url: string;
  readonly port: number;
  readonly cordon: Runtime;
  readonly vault: MemoryVault;
  readonly clock: SimulatedClock;
  readonly journalled: readonly JournalEvent[];
  readonly logged: string[];
  readonly evidenceDir: string;
  /** The text of a token of a person with these roles, and the id of that person. */
  person(...roles: readonly Role[]): Promise<{ readonly id: string; readonly token: string }>;
  /** Opens an incident by a coordinator; its ref. */
  open(tlp?: string): Promise<string>;
  ask(path: string, ask?: Ask): Promise<Reply>;
  /** Every file in the evidence folder, by its path in there. */
  files(): Promise<readonly string[]>;
  close(): Promise<void>;
}

/** The HTTP app over the real use cases, a store in memory, and a folder of its own for evidence. */
export async function serveReal(environment: Record<string, string> = {}): Promise<RealServed> {
  const folder = await mkdtemp(join(tmpdir(), 'cordon-server-'));
  const evidenceDir = join(folder, 'evidence');
  const clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
  const memory = new MemoryStore({ clock });
  const store = Object.assign(memory, { ping: () => Promise.resolve() });
  await publishPlaybook(store.playbooks, SOURCE, clock.now());
  const vault = new MemoryVault();
  const cordon = createCordon({ store, vault, log: 'test-log', clock, pause: () => Promise.resolve() });
  const [journal, logged] = [new MemoryJournal(), [] as string[]];
  const app = await createApp({
    ...{ cordon, journal, vault, store, clock, metrics: new Metrics(), playbookText: {} as PlaybookText },
    config: loadConfig({ CORDON_EVIDENCE_DIR: evidenceDir, ...environment }),
    log: makeLog('info', { write: (line: string) => void logged.push(line) }),
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as unknown as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const person: RealServed['person'] = async (...roles) => {
    const [id, token] = [randomUUID(), `cdn_${randomUUID()}`];
    await store.tokens.add({ id, name: roles.join(' '), roles, createdAt: 0, hash: tokenHash(token) });
    return { id, token };
  };
  const { token: administrator } = await person('administrator');
  const ask: RealServed['ask'] = (path, what = {}) => send(url + path, { token: administrator, ...what });
  return {
    ...{ url, port, cordon, vault, clock, logged, evidenceDir, person, ask },
    journalled: journal.events,
    async open(tlp) {
      const json = { playbook: 'tiny', title: 'T', awareAt: '2026-03-24T01:00:00Z', ...(tlp ? { tlp } : {}) };
      return String((await ask('/api/v1/incidents', { json })).body.ref);
    },
    async files() {
      const found = await readdir(evidenceDir, { recursive: true, withFileTypes: true }).catch(() => []);
      return found.flatMap((one) =>
        one.isDirectory() ? [] : [join(one.parentPath, one.name).slice(evidenceDir.length + 1)],
      );
    },
    async close() {
      await stopListening(app);
      await rm(folder, { recursive: true });
    },
  };
}
