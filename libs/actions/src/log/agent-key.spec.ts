import { spawn, spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openNote, parseVkey, signNote } from '@cordon/audit';
import { openAgentKey } from './agent-key.js';

const hasAgent = ['ssh-agent', 'ssh-add', 'ssh-keygen'].every(
  (command) => spawnSync(command, ['-?']).error === undefined,
);

let folder: string;
const ending: (() => unknown)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-agent-'));
});
afterAll(async () => {
  for (const end of ending.splice(0)) await end();
  await rm(folder, { recursive: true, force: true });
});

/** An agent of its own, with these keys in it. */
async function agent(...keys: readonly { type: string; comment: string }[]) {
  const socket = join(folder, `agent-${Math.random().toString(36).slice(2)}`);
  const child = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
  ending.push(() => child.kill());
  await new Promise((resolve) => child.stdout.once('data', resolve));
  expect(existsSync(socket)).toBe(true);
  const fingerprints = keys.map(({ type, comment }, n) => {
    const file = `${socket}.${n}`;
    spawnSync('ssh-keygen', ['-q', '-t', type, '-N', '', '-C', comment, '-f', file]);
    spawnSync('ssh-add', ['-q', file], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    return spawnSync('ssh-keygen', ['-lf', file]).stdout.toString().split(' ')[1] ?? '';
  });
  return { socket, fingerprints };
}

/** Something at a socket that answers one question after the other with these bytes, the last for ever. */
async function pretender(...answers: readonly Buffer[]) {
  const socket = join(folder, `pretender-${Math.random().toString(36).slice(2)}`);
  let asked = 0;
  const server = createServer((connection) => {
    connection.on('error', () => undefined);
    connection.once('data', () => {
      connection.end(answers[Math.min(asked, answers.length - 1)] ?? '');
      asked += 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  ending.push(() => server.close());
  return socket;
}

const described = hasAgent ? describe : describe.skip; // needs OpenSSH's ssh-agent, which is not everywhere

described('with a real ssh-agent', () => {
  test('a key is found by fingerprint or comment, and signs notes that verify', async () => {
    const { socket, fingerprints } = await agent(
      { type: 'ed25519', comment: 'audit log' },
      { type: 'ecdsa', comment: 'laptop' },
      { type: 'ed25519', comment: 'other' },
    );
    const byComment = await openAgentKey({ socket, key: 'audit log' }, 'cordon-log/x');
    const byFingerprint = await openAgentKey({ socket, key: fingerprints[0] ?? '' }, 'cordon-log/x');
    expect(byFingerprint.vkey).toBe(byComment.vkey);
    const note = await signNote('cordon-log/x\n1\nq1V=\n', [byComment]);
    expect(openNote(note, [parseVkey(byComment.vkey)]).by).toHaveLength(1);
    const signatures = await Promise.all([1, 2, 3, 4].map((n) => byComment.sign(Buffer.alloc(70_000, n))));
    expect(new Set(signatures.map((signature) => Buffer.from(signature).toString('hex'))).size).toBe(4);
  });

  test('a key that is not there, or not an Ed25519 one, is told with what there is', async () => {
    const { socket, fingerprints } = await agent(
      { type: 'ed25519', comment: 'twice' },
      { type: 'ed25519', comment: 'twice' },
      { type: 'ecdsa', comment: 'laptop' },
    );
    await expect(openAgentKey({ socket, key: 'laptop' }, 'log')).rejects.toThrow(
      `no Ed25519 key "laptop": name one by its fingerprint (there is ${fingerprints[0]} twice`,
    );
    await expect(openAgentKey({ socket, key: 'twice' }, 'log')).rejects.toThrow(/more than one Ed25519 key/);
    expect((await openAgentKey({ socket, key: fingerprints[1] ?? '' }, 'log')).vkey).toMatch(/^log\+/);
  });

  test('an agent that is locked or gone is told when it is to sign', async () => {
    const { socket } = await agent({ type: 'ed25519', comment: 'audit' });
    const key = await openAgentKey({ socket, key: 'audit' }, 'log');
    spawnSync('ssh-add', ['-D'], { env: { ...process.env, SSH_AUTH_SOCK: socket } });
    await expect(key.sign(Buffer.from('x'))).rejects.toThrow(/refused/);
    await rm(socket);
    await expect(key.sign(Buffer.from('x'))).rejects.toMatchObject({
      message: expect.stringMatching(/cannot be reached at .*ENOENT.*SSH_AUTH_SOCK/),
      retryable: true,
    });
  });
});

test('what does not speak as an agent does is told, and keeps nobody waiting', async () => {
  const answers = [
    '',
    '00000001',
    '000000010c',
    '0000000505',
    'ffffffff00',
    '000000050c00000005',
    '0000000d0c0000000100000100aaaaaaaa',
  ];
  for (const answer of answers) {
    const socket = await pretender(Buffer.from(answer, 'hex'));
    await expect(openAgentKey({ socket, key: 'x' }, 'log')).rejects.toMatchObject({
      name: 'OperationalError',
      message: expect.stringMatching(/^the ssh-agent /),
    });
  }
});

test('a signature that does not verify, or is of another kind, is not handed out', async () => {
  const string = (bytes: Buffer | string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([length, Buffer.from(bytes)]);
  };
  const message = (type: number, ...parts: readonly Buffer[]) =>
    string(Buffer.concat([Buffer.from([type]), ...parts]));
  const { publicKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const blob = Buffer.concat([string('ssh-ed25519'), string(raw)]);
  const identities = message(12, Buffer.from([0, 0, 0, 1]), string(blob), string('audit'));
  const signature = (kind: string) =>
    message(14, string(Buffer.concat([string(kind), string(Buffer.alloc(64, 7))])));
  for (const [kind, reason] of [
    ['ssh-ed25519', /does not verify/],
    ['ssh-rsa', /another kind of key/],
  ] as const) {
    const key = await openAgentKey(
      { socket: await pretender(identities, signature(kind)), key: 'audit' },
      'log',
    );
    await expect(key.sign(Buffer.from('x'))).rejects.toThrow(reason);
  }
});
