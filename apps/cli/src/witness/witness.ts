import { cosignatureLine, cosignedMessage, noteOf } from '@cordon/audit';
import { type Clock, TamperError, toIso } from '@cordon/kernel';
import { judge, type KnownLogs, readRequest, type Refusal, type WitnessRequest } from './decide.js';
import type { WitnessKey } from './key.js';
import type { WitnessMemory } from './memory.js';

/** Answer to one request, as HTTP gives it. */
export interface Answer {
  readonly status: 200 | Refusal['status'] | 500;
  readonly type: string;
  readonly body: string;
}

export interface WitnessParts {
  readonly logs: KnownLogs;
  readonly key: WitnessKey;
  readonly memory: WitnessMemory;
  readonly clock: Clock;
  /** Takes one line for each cosignature and each refusal. */
  readonly log: (line: string) => void;
}

const TEXT = 'text/plain; charset=utf-8';

/**
 * A witness of some logs. For one log it does one request at a time, from reading what it knows to having the new
 * checkpoint on disk; only then does the cosignature leave it. So of two requests that go on from the same checkpoint one
 * is refused, and what was cosigned is remembered whenever the process is killed.
 */
export class Witness {
  private readonly busy = new Map<string, Promise<unknown>>();

  constructor(private readonly parts: WitnessParts) {}

  /** Answers the body of an `add-checkpoint` request. Rejects only where the disk fails: then nothing was cosigned. */
  async addCheckpoint(body: string): Promise<Answer> {
    const read = readRequest(body, this.parts.logs);
    if ('refusal' in read) return this.refuse(read.refusal);
    const { origin } = read.request.checkpoint;
    const turn = (this.busy.get(origin) ?? Promise.resolve()).then(() => this.decide(read.request));
    // The next one waits for this one's end, however it ends; the caller is told how.
    const end = turn.catch(() => undefined);
    this.busy.set(origin, end);
    try {
      return await turn;
    } finally {
      if (this.busy.get(origin) === end) this.busy.delete(origin);
    }
  }

  /** The last checkpoint cosigned, by the SHA-256 of its log's origin line. */
  checkpointOf(name: string): Promise<string | undefined> {
    return this.parts.memory.noteOf(name);
  }

  private async decide(request: WitnessRequest): Promise<Answer> {
    const { memory, key, clock } = this.parts;
    const { origin, size } = request.checkpoint;
    try {
      const known = await memory.last(origin);
      const refusal = judge(known?.checkpoint, request);
      if (refusal !== undefined) return this.refuse(refusal, request);
      const now = clock.now();
      const timeSeconds = Math.floor(now / 1000);
      const signature = key.sign(cosignedMessage(timeSeconds, request.text));
      const line = cosignatureLine(key.vkey, timeSeconds, signature);
      await memory.remember(origin, noteOf(request.text, [...request.signatures, line]));
      this.parts.log(`${toIso(now)} cosigned ${origin} size ${size}, after ${known?.checkpoint.size ?? 0}`);
      return { status: 200, type: TEXT, body: `${line.replace(/\n$/, '')}\n` };
    } catch (error) {
      if (!(error instanceof TamperError)) throw error;
      this.parts.log(`${toIso(clock.now())} ALARM ${error.message}`);
      return { status: 500, type: TEXT, body: 'the memory of this witness does not verify\n' };
    }
  }

  private refuse({ status, reason, knownSize }: Refusal, request?: WitnessRequest): Answer {
    const about = request && ` ${request.checkpoint.origin} size ${request.checkpoint.size}`;
    this.parts.log(`${toIso(this.parts.clock.now())} refused${about ?? ''} (${status}): ${reason}`);
    if (knownSize !== undefined) return { status, type: 'text/x.tlog.size', body: `${knownSize}\n` };
    return { status, type: TEXT, body: `${reason}\n` };
  }
}
