/**
 * An auditor who does not trust the server: asks again and again for its newest checkpoint, keeps all of them, and holds
 * each against the one before, by the key that the server gave on the first day. Beside that, it takes up what clients
 * were told, and asks for the proof that it is in the tree.
 */
import { openNote, parseCheckpoint, parseTlogProof, parseVkey, type Checkpoint } from '@cordon/audit';
import { verifyConsistency, verifyInclusion } from '@cordon/audit';
import { ask, type Reply } from './ask.js';
import { pause } from './until.js';

/** What a client was told about an entry. */
export interface Acknowledged {
  readonly ref: string;
  readonly seq: number;
  /** Hex. */
  readonly hash: string;
}

export interface FollowOptions {
  /** Where an API answers; undefined while none does. */
  readonly url: () => string | undefined;
  readonly token: string;
  /** Since when, by `performance.now()`, a worker and an API have run without a break; undefined while they do not. */
  readonly workingSince: () => number | undefined;
  /** An entry that was acknowledged a moment ago, another one at each call; undefined where there is none. */
  readonly newest: () => Acknowledged | undefined;
}

/** A checkpoint that was seen, and the note as it came. */
export interface SeenCheckpoint extends Checkpoint {
  readonly note: string;
}

/** An entry that was acknowledged has to be under a checkpoint so much later, where a worker runs. */
const COVERED_WITHIN_MS = 10_000;
const EVERY_MS = 100;

export class LogFollower {
  readonly seen: SeenCheckpoint[] = [];
  /** Acknowledged entries whose proof was asked for and holds. */
  proved = 0;
  slowestMs = 0;
  /** Why the log cannot be trusted; empty is what a test wants. */
  readonly faults: string[] = [];
  private vkeys: readonly string[] = [];
  private stopping = false;
  private running: Promise<unknown> = Promise.resolve();
  private pending: { readonly entry: Acknowledged; readonly since: number } | undefined;

  constructor(private readonly options: FollowOptions) {}

  /** The auditor's own policy: the key of the first day, in the form of a C2SP tlog-policy. */
  get policy(): string {
    return [...this.vkeys.map((vkey) => `log ${vkey}`), 'quorum none', ''].join('\n');
  }

  start(): void {
    this.running = this.follow();
  }

  /** Ends after the step under way. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running;
  }

  private async follow(): Promise<void> {
    while (!this.stopping && this.faults.length === 0) {
      try {
        await this.step();
      } catch (error) {
        // A note that does not open, or anything else that is not the network.
        this.faults.push(String(error));
      }
      await pause(EVERY_MS);
    }
  }

  private async step(): Promise<void> {
    if (this.vkeys.length === 0) await this.learnKey();
    if (this.vkeys.length === 0) return;
    const reply = await this.get('/audit/checkpoint');
    // Before the first one is signed there is none.
    if (reply?.status === 200) await this.take(reply.text);
    else this.expect(reply, this.seen.length === 0 ? [404, 503] : [503], 'the checkpoint');
    await this.prove();
  }

  private async learnKey(): Promise<void> {
    const reply = await this.get('/audit/key');
    if (reply?.status !== 200) return;
    const known = reply.text.trim().split('\n').map(parseVkey);
    this.vkeys = known.filter(({ name }) => !name.endsWith('/bundle')).map(({ text }) => text);
  }

  /** Holds a note against the newest one that was seen. */
  async take(note: string): Promise<void> {
    const { text } = openNote(note, this.vkeys.map(parseVkey));
    const now = parseCheckpoint(text);
    const before = this.seen.at(-1);
    if (before) {
      if (now.origin !== before.origin) this.faults.push(`the log ${before.origin} became ${now.origin}`);
      if (now.size < before.size) this.faults.push(`the log shrank from ${before.size} to ${now.size}`);
      if (now.size === before.size && !same(now.root, before.root))
        this.faults.push(`there are two logs of ${now.size} entries`);
      if (now.size <= before.size) return;
      if (!(await this.isConsistent(before, now))) return;
    }
    this.seen.push({ ...now, note });
  }

  /** False where the server went away before it answered: the next note is held against the same one. */
  private async isConsistent(before: Checkpoint, now: Checkpoint): Promise<boolean> {
    const reply = await this.get(`/audit/consistency?from=${before.size}&to=${now.size}`);
    if (reply?.status !== 200) {
      this.expect(reply, [503], 'the consistency proof');
      return false;
    }
    const proof = (reply.body['proof'] as readonly string[]).map((hash) => Buffer.from(hash, 'base64'));
    const claim = { oldSize: before.size, oldRoot: before.root, size: now.size, root: now.root, proof };
    if (!verifyConsistency(claim)) this.faults.push(`${now.size} does not follow from ${before.size}`);
    return true;
  }

  /** Asks for the proof of one acknowledged entry until there is one. */
  private async prove(): Promise<void> {
    const entry = this.pending?.entry ?? this.options.newest();
    if (!entry) return;
    this.pending ??= { entry, since: performance.now() };
    const { ref, seq, hash } = entry;
    const reply = await this.get(`/incidents/${ref}/transitions/${seq}/proof`);
    const working = this.options.workingSince();
    const waitedMs = performance.now() - Math.max(this.pending.since, working ?? Infinity);
    if (reply?.status !== 200) {
      this.expect(reply, [503], `the proof of ${ref}/${seq}`);
      if (working !== undefined && waitedMs > COVERED_WITHIN_MS)
        this.faults.push(`${ref}/${seq} was not under a checkpoint within ${COVERED_WITHIN_MS} ms`);
      return;
    }
    const { index, proof, checkpoint } = parseTlogProof(reply.text);
    const { size, root } = parseCheckpoint(openNote(checkpoint, this.vkeys.map(parseVkey)).text);
    if (!verifyInclusion({ leafHash: Buffer.from(hash, 'hex'), index, size, root, proof }))
      this.faults.push(`the proof of ${ref}/${seq} does not hold`);
    this.proved += 1;
    this.slowestMs = Math.max(this.slowestMs, working === undefined ? 0 : Math.round(waitedMs));
    this.pending = undefined;
  }

  private expect(reply: Reply | undefined, allowed: readonly number[], what: string): void {
    if (reply && !allowed.includes(reply.status))
      this.faults.push(`${what} was answered ${reply.status}: ${reply.text}`);
  }

  /** Undefined where nobody answers. */
  private async get(path: string): Promise<Reply | undefined> {
    const url = this.options.url();
    if (url === undefined) return undefined;
    return ask(`${url}/api/v1${path}`, { token: this.options.token }).catch(() => undefined);
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.from(a).equals(b);
}
