import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as soon } from 'node:timers/promises';
import { vkeyOf } from '@cordon/audit';
import type { Role } from '@cordon/contracts';
import {
  createCordon,
  DeploymentJournal,
  LogKeeper,
  publishPlaybook,
  type IncidentId,
  type LogKey,
  type LogService,
} from '@cordon/runtime';
import { MemoryStore, MemoryVault, SimulatedClock } from '@cordon/testkit';
import { tokenHash } from '../access/token-text.js';
import { createApp } from '../app.js';
import { stopListening } from '../boot/listen.js';
import { loadConfig } from '../config.js';
import { makeLog } from '../log.js';
import { Metrics } from '../operations/metrics.js';
import { playbookText } from '../playbooks/playbook-text.js';
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
    steps: [{task: first, title: {en: First}, role: responder}]
flow: [contain]
`;

/** The HTTP app over the real use cases and a log that is signed whenever somebody waits for it. */
export async function serveLog() {
  const folder = await mkdtemp(join(tmpdir(), 'cordon-log-'));
  const clock = new SimulatedClock(Date.parse('2026-03-24T02:00:00Z'));
  const store = Object.assign(new MemoryStore({ clock }), { ping: () => Promise.resolve() });
  await publishPlaybook(store.playbooks, SOURCE, clock.now());
  const vault = new MemoryVault();
  const cordon = createCordon({ store, vault, log: store.logName, clock, pause: () => soon() });
  const { journal, keys, signs, turns, logService } = signedLog(store, clock);
  const logged: string[] = [];
  const app = await createApp({
    ...{ cordon, journal, vault, store, clock, logService, metrics: new Metrics() },
    playbookText: playbookText(cordon.library),
    config: loadConfig({ CORDON_EVIDENCE_DIR: join(folder, 'evidence') }),
    log: makeLog('info', { write: (line: string) => void logged.push(line) }),
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as unknown as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  const person = async (...roles: readonly Role[]): Promise<{ id: string; token: string }> => {
    const [id, token] = [randomUUID(), `cdn_${randomUUID()}`];
    await store.tokens.add({ id, name: roles.join(' '), roles, createdAt: 0, hash: tokenHash(token) });
    return { id, token };
  };
  const { token: administrator } = await person('administrator');
  const ask = (path: string, what: Ask = {}): Promise<Reply> =>
    send(url + path, { token: administrator, ...what });
  return {
    ...{ url, cordon, store, vault, clock, journal, keys, logged, person, ask, turns, signs, administrator },
    async open(more: object = {}): Promise<string> {
      const json = { playbook: 'tiny', title: 'T', awareAt: '2026-03-24T01:00:00Z', ...more };
      return String((await ask('/api/v1/incidents', { json })).body.ref);
    },
    async note(ref: string, what: object = {}): Promise<void> {
      const json = { type: 'note.add', data: { text: 'Seen.' }, ...what };
      const headers = { 'Idempotency-Key': randomUUID() };
      const { status, text } = await ask(`/api/v1/incidents/${ref}/events`, { json, headers });
      if (status >= 300) throw new Error(text);
    },
    /** A body as it came; rejects where the connection broke. */
    async download(
      path: string,
      headers: Record<string, string> = {},
      token = administrator,
    ): Promise<{ status: number; headers: Headers; bytes: Buffer }> {
      const response = await fetch(url + path, { headers: { ...headers, Authorization: `Bearer ${token}` } });
      const bytes = Buffer.from(await response.arrayBuffer());
      return { status: response.status, headers: response.headers, bytes };
    },
    async close(): Promise<void> {
      await stopListening(app);
      await rm(folder, { recursive: true });
    },
  };
}

/** A keeper of the log that works whenever somebody waits for a signature, unless `signs.now` is false. */
function signedLog(store: MemoryStore, clock: SimulatedClock) {
  const pause = (): Promise<void> => soon();
  const salt = (): string => randomUUID().replaceAll('-', '').slice(0, 22);
  const journal = new DeploymentJournal({ store: store.journal, log: store.logName, clock, salt, pause });
  const keys = { log: keyNamed(store.logName), bundle: keyNamed(`${store.logName}/bundle`) };
  let remembered: string | undefined;
  const keeper = new LogKeeper({
    ...{ store: store.log, journal, clock },
    keys: {
      present: async (purpose) => ({ keys: [keys[purpose]], replaces: false }),
      replace: async () => undefined,
    },
    memory: { last: async () => remembered, remember: async (note) => void (remembered = note) },
    failed: (_what, error) => {
      throw error;
    },
  });
  const signs = { now: true };
  const turns = async (count = 6): Promise<void> => {
    for (let i = 0; i < count && signs.now; i += 1) {
      clock.advance(2_000);
      keeper.ask();
      await keeper.turn();
    }
  };
  const logService: LogService = {
    checkpoint: async () => (await store.log.checkpoint())?.note,
    vkeys: async () => [keys.log.vkey],
    bundleKey: async () => keys.bundle,
    async covering(seq) {
      await turns();
      const [entry] = await store.log.chainEntries(0 as IncidentId, seq - 1, seq, 1);
      return entry && store.log.checkpoint(entry.index + 1);
    },
  };
  return { journal, keys, signs, turns, logService };
}

function keyNamed(name: string): LogKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ format: 'der', type: 'spki' }).subarray(-32);
  return { vkey: vkeyOf(name, raw).text, sign: async (message) => sign(null, message, privateKey) };
}
