/** Several processes at once over the benchmark's database: what a deployment reaches that gives each core a replica. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { together, type Load } from './load.js';
import type { ReplicaAnswer, ReplicaRequest } from './replica.js';
import type { Scratch } from './scratch.js';

const REPLICA = fileURLToPath(new URL('replica.js', import.meta.url));

export interface Replicas {
  /** The callers are shared out among the processes; each has incidents of its own. */
  run(callers: number, seconds: number): Promise<Load>;
  stop(): Promise<void>;
}

/** Starts `count` processes with `incidents` between them. */
export async function startReplicas(
  { url, folder }: Pick<Scratch, 'url' | 'folder'>,
  count: number,
  incidents: number,
): Promise<Replicas> {
  const each = String(Math.ceil(incidents / count));
  const children: ChildProcess[] = [];
  const stop = async (): Promise<void> => {
    await Promise.all(
      children.map(async (child) => {
        if (child.exitCode !== null) return;
        const ended = once(child, 'exit');
        if (child.connected) child.disconnect();
        await ended;
      }),
    );
  };
  try {
    // One after the other: the first publishes the playbook.
    for (let i = 0; i < count; i += 1) {
      const child = fork(REPLICA, [url, join(folder, 'vault.key'), each]);
      children.push(child);
      await answerOf(child);
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    async run(callers, seconds) {
      const loads = children.map(async (child, i) => {
        const request: ReplicaRequest = {
          callers: Math.floor(callers / count) + (i < callers % count ? 1 : 0),
          seconds,
        };
        const answered = answerOf(child);
        child.send(request);
        const answer = await answered;
        if (!('load' in answer)) throw new Error('a process of the benchmark answered something else');
        return answer.load;
      });
      return together(await Promise.all(loads));
    },
    stop,
  };
}

/** The next message; rejects when the process ends or says that it failed. */
async function answerOf(child: ChildProcess): Promise<ReplicaAnswer> {
  const given = new AbortController();
  try {
    const answer = await Promise.race([
      once(child, 'message', given).then(([message]) => message as ReplicaAnswer),
      once(child, 'exit', given).then(([code]): ReplicaAnswer => ({ failed: `it ended with code ${code}` })),
    ]);
    if ('failed' in answer) throw new Error(`a process of the benchmark failed: ${answer.failed}`);
    return answer;
  } finally {
    given.abort();
  }
}
