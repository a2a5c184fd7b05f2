/** Witnesses as other teams run them: processes of their own, with state folders of their own, asked over HTTP. */
import { spawn, type ChildProcess } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { witnessClient } from '@cordon/actions';
import {
  checkpointText,
  consistencyProof,
  formatAddCheckpoint,
  leafHash,
  memoryTiles,
  parsePolicy,
  quorumMet,
  rootAt,
  signNote,
  verifyCosignatures,
  vkeyOf,
} from '@cordon/audit';
import { until } from '../support/until.js';

const program = fileURLToPath(new URL('../../apps/cli/dist/main.js', import.meta.url));

// Each test starts several processes.
jest.setTimeout(120_000);

let folder: string;
const running = new Set<ChildProcess>();
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-witness-'));
});
afterEach(async () => {
  for (const child of running) await kill(child);
  await rm(folder, { recursive: true, force: true });
});

/** A log with a key and as many leaves as one asks for; `fork` gives another history from that size on. */
function logOf(origin: string) {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const vkey = vkeyOf(origin, raw).text;
  const key = { vkey, sign: (bytes: Uint8Array) => Promise.resolve(sign(null, bytes, privateKey)) };
  const history = (forkedAt = Infinity) => {
    const tiles = (size: number) =>
      memoryTiles(
        Array.from({ length: size }, (_, n) => leafHash(Buffer.from(n < forkedAt ? `${n}` : `other ${n}`))),
      );
    return {
      async checkpoint(size: number) {
        const root = await rootAt(tiles(size), size);
        return { origin, size, note: await signNote(checkpointText({ origin, size, root }), [key]) };
      },
      proof: (size: number) => (oldSize: number) => consistencyProof(tiles(size), oldSize, size),
    };
  };
  return { origin, vkey, key, ...history(), fork: history };
}

type Log = ReturnType<typeof logOf>;

/** What `cordon audit witness` says and prints until it listens, or ends. */
async function run(...args: readonly string[]) {
  const child = spawn(process.execPath, [program, 'audit', 'witness', ...args], {
    env: { PATH: process.env.PATH, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  const closed = once(child, 'close').then(() => running.delete(child));
  let printed = '';
  let said = '';
  const url = await new Promise<string>((resolve) => {
    const look = (): void => {
      const found = /^Listening on (\S+)$/m.exec(said)?.[1];
      if (found !== undefined && /^quorum .*\n/m.test(printed)) resolve(found);
    };
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      look();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
      look();
    });
    void closed.then(() => resolve(''));
  });
  /** Waits for a line: what it says comes on another way than what it answers. */
  const says = (line: RegExp) =>
    until(
      `saying ${line}`,
      10_000,
      () => Promise.resolve(line.test(said) || undefined),
      () => said,
    );
  return { child, url, code: child.exitCode, printed: () => printed, said: () => said, says };
}

async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await once(child, 'close');
  }
}

async function policyFile(...logs: readonly Log[]): Promise<string> {
  const path = join(folder, 'policy.txt');
  await writeFile(path, `${logs.map(({ vkey }) => `log ${vkey}\n`).join('')}quorum none\n`);
  return path;
}

/** Starts a witness on its own folder; started again, it has its folder and its key. */
async function witness(name: string, policy: string, ...more: readonly string[]) {
  const state = join(folder, name);
  const args = ['--policy', policy, '--state', state, '--listen', '127.0.0.1:0', ...more];
  const started = await run(...args, '--name', `${name}.example.org/w`);
  if (started.url === '') throw new Error(started.said());
  const line = /^witness .*$/m.exec(started.printed())?.[0] ?? '';
  return { ...started, state, line, vkey: line.split(' ')[2] ?? '' };
}

async function post(url: string, body: string | Uint8Array) {
  const response = await fetch(`${url}/add-checkpoint`, { method: 'POST', body });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    body: await response.text(),
  };
}

/** The request for this size, from this one on. */
async function requestOf(log: Pick<Log, 'checkpoint' | 'proof'>, oldSize: number, size: number) {
  const { note } = await log.checkpoint(size);
  const proof = oldSize === 0 || oldSize >= size ? [] : await log.proof(size)(oldSize);
  return formatAddCheckpoint({ oldSize, proof, note });
}

test('two witnesses cosign a log that grows, and stand for a quorum of two', async () => {
  const log = logOf('cordon-log/grows');
  const policy = await policyFile(log);
  const [one, two] = await Promise.all([witness('one', policy), witness('two', policy)]);
  const text = `log ${log.vkey}\n${one.line}\n${two.line}\ngroup both all one.example.org/w two.example.org/w\nquorum both\n`;
  const trusted = parsePolicy(text);
  const failures: string[] = [];
  const client = witnessClient(text, {
    timeoutMs: 20_000,
    onFailure: (name, reason) => failures.push(`${name}: ${reason}`),
  });
  for (const size of [0, 1, 1, 2, 7, 255, 256, 300]) {
    const checkpoint = await log.checkpoint(size);
    const lines = await client.cosign(checkpoint, log.proof(size));
    const note = checkpoint.note + lines.map((line) => `${line}\n`).join('');
    const by = verifyCosignatures(
      note,
      [...trusted.witnesses.values()].map(({ vkey }) => vkey),
    );
    const names = [...trusted.witnesses].filter(([, { vkey }]) => by.some((seen) => seen.vkey === vkey));
    expect([size, names.length, quorumMet(trusted, new Set(names.map(([name]) => name)))]).toEqual([
      size,
      2,
      true,
    ]);
  }
  await kill(two.child);
  const left = await client.cosign(await log.checkpoint(301), log.proof(301));
  expect(left).toHaveLength(1);
  expect(quorumMet(trusted, new Set(['one.example.org/w']))).toBe(false);
  expect(failures).toEqual([
    expect.stringMatching(/^two\.example\.org\/w: it could not be asked \((ECONN|UND_ERR)/),
  ]);
  await one.says(/cosigned cordon-log\/grows size 301, after 300/);
});

test('a client that was started anew learns the size from the refusal, and sends the proof from there', async () => {
  const log = logOf('cordon-log/anew');
  const one = await witness('one', await policyFile(log));
  const text = `${one.line}\nquorum none\n`;
  const ask = async (size: number) =>
    witnessClient(text, { timeoutMs: 20_000 }).cosign(await log.checkpoint(size), log.proof(size));
  expect(await ask(5)).toHaveLength(1);
  expect(await ask(12)).toHaveLength(1);
  await one.says(/refused cordon-log\/anew size 12 \(409\)/);
});

test('a log that was rolled back gets no cosignature, and is told which size is known', async () => {
  const log = logOf('cordon-log/back');
  const one = await witness('one', await policyFile(log));
  expect((await post(one.url, await requestOf(log, 0, 9))).status).toBe(200);
  expect(await post(one.url, await requestOf(log, 0, 5))).toEqual({
    status: 409,
    type: 'text/x.tlog.size',
    body: '9\n',
  });
  expect(await post(one.url, await requestOf(log, 3, 5))).toMatchObject({ status: 409, body: '9\n' });
  expect(await post(one.url, await requestOf(log, 9, 5))).toMatchObject({ status: 400 });
  const reasons: string[] = [];
  const client = witnessClient(`${one.line}\nquorum none\n`, {
    timeoutMs: 20_000,
    onFailure: (_name, reason) => reasons.push(reason),
  });
  expect(await client.cosign(await log.checkpoint(5), log.proof(5))).toEqual([]);
  expect(reasons).toEqual([
    expect.stringMatching(/cosigned size 9, and this checkpoint has 5: .*rolled back/),
  ]);
});

test('a log that forks is refused at the same size, and at a larger one', async () => {
  const log = logOf('cordon-log/fork');
  const other = log.fork(4);
  const one = await witness('one', await policyFile(log));
  expect((await post(one.url, await requestOf(log, 0, 8))).status).toBe(200);
  const forked = await post(one.url, await requestOf(other, 8, 8));
  expect(forked.status).toBe(409);
  expect(forked.type).not.toBe('text/x.tlog.size');
  await one.says(/FORK/);
  expect(await post(one.url, await requestOf(other, 8, 11))).toMatchObject({ status: 422 });
  expect(await post(one.url, await requestOf(log, 8, 11))).toMatchObject({ status: 200 });
  const reasons: string[] = [];
  const client = witnessClient(`${one.line}\nquorum none\n`, {
    timeoutMs: 20_000,
    onFailure: (_name, reason) => reasons.push(reason),
  });
  expect(await client.cosign(await other.checkpoint(11), other.proof(11))).toEqual([]);
  expect(reasons).toEqual([expect.stringMatching(/answered 409: FORK/)]);
});

test('a witness that was killed has its key and its memory when it is started again', async () => {
  const log = logOf('cordon-log/killed');
  const policy = await policyFile(log);
  const before = await witness('one', policy);
  for (let size = 1; size <= 20; size++)
    expect((await post(before.url, await requestOf(log, size - 1, size))).status).toBe(200);
  const unanswered = post(before.url, await requestOf(log, 20, 21)).catch(() => undefined);
  await kill(before.child);
  const answer = await unanswered;
  const after = await witness('one', policy);
  expect(after.vkey).toBe(before.vkey);
  const known = Number((await post(after.url, await requestOf(log, 0, 30))).body);
  // What was answered is remembered; what was not may be, for it was on its way.
  expect(answer?.status === 200 ? [21] : [20, 21]).toContain(known);
  expect((await post(after.url, await requestOf(log.fork(2), known, known))).status).toBe(409);
  expect((await post(after.url, await requestOf(log.fork(2), known, 30))).status).toBe(422);
  expect((await post(after.url, await requestOf(log, known, 30))).status).toBe(200);
});

test('of requests that go on from the same checkpoint at the same time, one is cosigned', async () => {
  const log = logOf('cordon-log/race');
  const one = await witness('one', await policyFile(log));
  let known = 0;
  for (let round = 0; round < 12; round++) {
    const sizes = [known + 1, known + 2, known + 3, known + 4];
    const bodies = await Promise.all(sizes.map((size) => requestOf(log, known, size)));
    const answers = await Promise.all(bodies.map((body) => post(one.url, body)));
    const won = answers.flatMap(({ status }, n) => (status === 200 ? [sizes[n] ?? 0] : []));
    expect(won).toHaveLength(1);
    expect(answers.filter(({ status, body }) => status === 409 && body === `${won[0]}\n`)).toHaveLength(3);
    known = won[0] ?? 0;
  }
});

test('what is not a request of a known log is refused with the status of the specification', async () => {
  const [log, stranger] = [logOf('cordon-log/forms'), logOf('cordon-log/forms')];
  const one = await witness('one', await policyFile(log));
  const good = await requestOf(log, 0, 3);
  const status = async (body: string | Uint8Array) => (await post(one.url, body)).status;
  expect(await status(await requestOf(logOf('cordon-log/unknown'), 0, 3))).toBe(404);
  expect(await status(await requestOf(stranger, 0, 3))).toBe(403);
  expect(await status(good.replace('\n3\n', '\n4\n'))).toBe(403);
  for (const bad of ['', 'old 0\n', good.replace('old 0', 'old 00'), good.replace('old 0', 'old -1')])
    expect(await status(bad)).toBe(400);
  expect(await status(good.replace('\n\n', `\n${Buffer.alloc(32).toString('base64')}\n\n`))).toBe(400);
  expect(await status(good.replace(/\n$/, ''))).toBe(400);
  expect(await status(Buffer.concat([Buffer.from(good), Buffer.from([0xff])]))).toBe(400);
  expect(await status('x'.repeat(300 * 1024))).toBe(413);
  expect((await fetch(`${one.url}/add-checkpoint`)).status).toBe(405);
  expect((await fetch(`${one.url}/elsewhere`)).status).toBe(404);
  expect(await (await fetch(`${one.url}/health`)).text()).toBe('ok\n');
  expect(await status(good)).toBe(200);
});

test('the memory is the signed checkpoint itself, and one that was changed stops the witness for that log', async () => {
  const [log, other] = [logOf('cordon-log/kept'), logOf('cordon-log/other')];
  const one = await witness('one', await policyFile(log, other));
  expect((await post(one.url, await requestOf(log, 0, 4))).status).toBe(200);
  const [name = ''] = await readdir(join(one.state, 'logs'));
  const path = join(one.state, 'logs', name);
  const kept = await readFile(path, 'utf8');
  expect(kept).toContain((await log.checkpoint(4)).note);
  expect(await (await fetch(`${one.url}/${name.replace('.checkpoint', '')}/checkpoint`)).text()).toBe(kept);
  await writeFile(path, kept.replace('\n4\n', '\n3\n'));
  expect((await post(one.url, await requestOf(log, 3, 5))).status).toBe(500);
  await one.says(/ALARM .*is not what this witness wrote/);
  expect((await post(one.url, await requestOf(other, 0, 5))).status).toBe(200);
});

test('the key is for its owner alone, its folder for one process, and neither is any use without the memory', async () => {
  const policy = await policyFile(logOf('cordon-log/key'));
  const one = await witness('one', policy);
  expect((await stat(join(one.state, 'witness.key'))).mode & 0o777).toBe(0o600);
  const second = await run('--policy', policy, '--state', one.state, '--listen', '127.0.0.1:0');
  expect([second.code, second.said()]).toEqual([4, expect.stringMatching(/in use by another witness/)]);
  await kill(one.child);
  const renamed = await run('--policy', policy, '--state', one.state, '--name', 'elsewhere');
  expect([renamed.code, renamed.said()]).toEqual([2, expect.stringMatching(/is named one\.example\.org\/w/)]);
  await rm(join(one.state, 'logs'), { recursive: true });
  const emptied = await run('--policy', policy, '--state', one.state, '--listen', '127.0.0.1:0');
  expect([emptied.code, emptied.said()]).toEqual([
    1,
    expect.stringMatching(/logs is gone.*another --state/s),
  ]);
  await chmod(join(one.state, 'witness.key'), 0o640);
  const open = await run('--policy', policy, '--state', one.state, '--listen', '127.0.0.1:0');
  expect([open.code, open.said()]).toEqual([1, expect.stringMatching(/may be read by others.*chmod 600/s)]);
});

test('without a network a checkpoint is carried in as a file, and its cosignature out', async () => {
  const log = logOf('cordon-log/carried');
  const policy = await policyFile(log);
  const file = join(folder, 'checkpoint.txt');
  const proofFile = join(folder, 'proof.txt');
  const common = ['--policy', policy, '--state', join(folder, 'one'), '--name', 'one.example.org/w'];
  await writeFile(file, (await log.checkpoint(4)).note);
  expect((await run('cosign', file, ...common)).code).toBe(0);
  await writeFile(file, (await log.checkpoint(9)).note);
  const unproved = await run('cosign', file, ...common);
  expect([unproved.code, unproved.said()]).toEqual([5, expect.stringMatching(/has size 4: give the proof/)]);
  const [proof = ''] = (await requestOf(log, 4, 9)).split('\n\n');
  await writeFile(proofFile, `${proof}\n`);
  const carried = await run('cosign', file, '--proof', proofFile, ...common);
  expect([carried.code, carried.printed().split('\n').length]).toEqual([0, 2]);
  await appendFile(file, carried.printed());
  const asked = await witness('one', policy);
  const { vkey } = [...parsePolicy(`${asked.line}\nquorum none\n`).witnesses.values()][0] ?? {};
  expect(vkey && verifyCosignatures(await readFile(file), [vkey])).toHaveLength(1);
});
