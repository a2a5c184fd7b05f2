/** The built server as a process of its own, over the benchmark's database. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Scratch } from './scratch.js';

const MAIN = fileURLToPath(new URL('../../../server/dist/main.js', import.meta.url));
const READY_WITHIN_MS = 30_000;

export async function startHttp({ url: databaseUrl, folder }: Pick<Scratch, 'url' | 'folder'>): Promise<{
  readonly url: string;
  readonly token: string;
  stop(): Promise<void>;
}> {
  const token = `cdn_${randomBytes(32).toString('base64url')}`;
  const dataDir = await mkdtemp(join(tmpdir(), 'cordon-bench-http-'));
  const port = await freePort();
  const child = spawn(process.execPath, [MAIN], {
    env: {
      ...process.env,
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      CORDON_BOOTSTRAP_TOKEN: token,
      CORDON_DATA_DIR: dataDir,
      CORDON_VAULT_KEY_FILE: join(folder, 'vault.key'),
      CORDON_ROLE: 'all',
      LOG_LEVEL: 'error',
    },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  const until = Date.now() + READY_WITHIN_MS;
  for (;;) {
    const ready = await fetch(`${url}/health/ready`).then(
      (response) => response.ok,
      () => false,
    );
    if (ready) break;
    if (Date.now() > until || child.exitCode !== null)
      throw new Error('the server of the benchmark did not start');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    token,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === 'object' && address ? resolve(address.port) : reject(new Error('no free port')),
      );
    });
  });
}
