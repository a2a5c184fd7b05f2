import type { Reply } from '../support/ask.js';

/** What a client was told about one of its requests: the promise that the database has to keep. */
export interface Told {
  readonly key: string;
  readonly ref: string;
  readonly status: number;
  /** The answer without what differs at each request. */
  readonly answer: string;
  /** Of an accepted event: where it is in the history. */
  readonly seq?: number;
  readonly hash?: string;
}

/** Answers that settle a request for ever: it was done, not accepted, or not allowed. */
const FINAL = [200, 201, 403, 409];
/** The request could not be judged, and its key stays free. */
const UNJUDGED = [422];

/** What all clients were told, and what they were told that cannot be true. */
export class Ledger {
  readonly told = new Map<string, Told>();
  readonly faults: string[] = [];
  /** Answers to a request that had been answered before. */
  repeated = 0;
  /** Requests that had to be sent again because no answer came, or none that settles anything. */
  resent = 0;
  unjudged = 0;

  get accepted(): number {
    return [...this.told.values()].filter(({ status }) => status === 200).length;
  }

  get refused(): number {
    return [...this.told.values()].filter(({ status }) => status >= 400).length;
  }

  get opened(): readonly string[] {
    return [...this.told.values()].filter(({ status }) => status === 201).map(({ ref }) => ref);
  }

  /** True when the answer settles the request; false when it has to be sent again. */
  note(key: string, ref: string, reply: Reply): boolean {
    if (UNJUDGED.includes(reply.status)) {
      this.unjudged += 1;
      return true;
    }
    if (!FINAL.includes(reply.status)) {
      // Busy, or without its database: so it may say, and nothing else.
      if (reply.status !== 503)
        this.faults.push(`${key} on ${ref} was answered ${reply.status}: ${reply.text}`);
      return reply.status !== 503;
    }
    const told = toldBy(key, ref, reply);
    const before = this.told.get(key);
    if (!before) this.told.set(key, told);
    else {
      this.repeated += 1;
      if (before.answer !== told.answer) {
        this.faults.push(`${key} on ${ref} was answered ${before.answer} and then ${told.answer}`);
      }
    }
    return true;
  }
}

/** Who could help and what comes next is of the moment at which it is asked: not part of what was decided. */
function withoutHelp(body: unknown): unknown {
  return JSON.parse(
    JSON.stringify(body, (key, value: unknown) => (key === 'who' || key === 'next' ? undefined : value)),
  );
}

function toldBy(key: string, ref: string, { status, body }: Reply): Told {
  const { instance: _instance, ...rest } = withoutHelp(body) as Reply['body'];
  if (status === 201) return { key, ref: String(body['ref']), status, answer: String(body['ref']) };
  const transition = body['transition'] as { seq: number; hash: string } | undefined;
  return {
    key,
    ref,
    status,
    answer: JSON.stringify(rest),
    ...(status === 200 && transition ? { seq: transition.seq, hash: transition.hash } : {}),
  };
}
