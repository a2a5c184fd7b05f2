import { createHash } from 'node:crypto';
import type { Clock, EpochMs } from '@cordon/kernel';
import {
  HEAD_BYTES,
  type EvidenceStore,
  type ReceivedFile,
  type Receipt,
  type StoredFile,
} from '@cordon/runtime';

interface Mark {
  readonly sha256: string;
  readonly at: EpochMs;
}

/** Evidence files in memory: passes the same conformance suite as the folder. */
export class MemoryEvidenceStore implements EvidenceStore {
  /** Contents by hash; a test changes them to see what becomes of it. */
  readonly files = new Map<string, Uint8Array>();
  /** Bytes that may still be taken. */
  room = Number.MAX_SAFE_INTEGER;
  private readonly marks = new Set<Mark>();

  constructor(private readonly clock: Clock) {}

  async receive(bytes: AsyncIterable<Uint8Array>, maxBytes: number, expectedBytes = 0): Promise<Receipt> {
    if (expectedBytes > maxBytes) return { outcome: 'too_large' };
    if (expectedBytes > this.room) return { outcome: 'no_room' };
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of bytes) {
      size += chunk.length;
      if (size > maxBytes) return { outcome: 'too_large' };
      if (size > this.room) return { outcome: 'no_room' };
      chunks.push(chunk);
    }
    return { outcome: 'received', file: this.received(Buffer.concat(chunks)) };
  }

  async open(sha256: string): Promise<StoredFile | undefined> {
    const content = this.files.get(sha256);
    if (!content) return undefined;
    return { sizeBytes: content.length, read: () => slices(content), close: () => Promise.resolve() };
  }

  async sweep(
    before: EpochMs,
    wanted: (sha256s: readonly string[]) => Promise<ReadonlySet<string>>,
  ): Promise<number> {
    const old = [...this.marks].filter(({ at }) => at < before);
    if (old.length === 0) return 0;
    const named = await wanted(old.map(({ sha256 }) => sha256));
    let removed = 0;
    for (const mark of old) {
      this.marks.delete(mark);
      const others = [...this.marks].some(({ sha256 }) => sha256 === mark.sha256);
      if (!named.has(mark.sha256) && !others && this.files.delete(mark.sha256)) removed += 1;
    }
    return removed;
  }

  private received(content: Uint8Array): ReceivedFile {
    const sha256 = createHash('sha256').update(content).digest('hex');
    const mark: Mark = { sha256, at: this.clock.now() };
    return {
      ...{ sha256, sizeBytes: content.length, head: content.slice(0, HEAD_BYTES) },
      keep: async () => {
        this.marks.add(mark);
        this.files.set(sha256, content);
      },
      settle: async () => void this.marks.delete(mark),
      discard: () => Promise.resolve(),
    };
  }
}

async function* slices(content: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let from = 0; from < content.length; from += 1_000) yield content.slice(from, from + 1_000);
}
