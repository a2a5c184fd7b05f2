import type { Clock } from '@cordon/kernel';
import type { Pauses } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import { ProblemError, say } from '../http/problem-error.js';
import type { Logger } from 'pino';
import { CLOCK, LOG, STORE, type ServerStore } from '../injection.js';
import { KeyedHash } from './keyed-hash.js';

const ADDRESS = { most: 30, windowMs: 60_000 };
/** Refused sign-ins that become entries of the journal, in all. Each account pauses long before that. */
const JOURNALLED = { most: 120, windowMs: 60_000 };

/**
 * Growing pauses, never a lock that lasts: who fails on purpose must not be able to keep somebody out, and passkeys
 * are not held up at all. 5 s, 10 s, 20 s … 15 min; that is at most 96 guesses a day.
 */
const ACCOUNT: Pauses = { free: 5, firstMs: 5_000, mostMs: 900_000, forgetMs: 86_400_000 };

/** How often somebody may try. Counted in the database, so that any number of processes count together. */
@Injectable()
export class Throttle {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(CLOCK) private readonly clock: Clock,
    private readonly hash: KeyedHash,
    @Inject(LOG) private readonly log: Logger,
  ) {}

  /** Throws 429 when so many attempts have come from this address within a minute. */
  async address(address: string | undefined): Promise<void> {
    const now = this.clock.now();
    const key = await this.hash.of('address', network(address ?? ''));
    const { count, endsAt } = await this.store.people.attempts.hit(key, now, ADDRESS.windowMs);
    if (count > ADDRESS.most) throw tooMany(endsAt - now);
  }

  /** Whether another refused sign-in becomes an entry of the journal; warns once a window when there are too many. */
  async mayJournal(): Promise<boolean> {
    const key = await this.hash.of('journalled', '');
    const { count } = await this.store.people.attempts.hit(key, this.clock.now(), JOURNALLED.windowMs);
    if (count === JOURNALLED.most + 1) this.log.warn('more refused sign-ins than the journal takes');
    return count <= JOURNALLED.most;
  }

  /**
   * Counts an attempt on what somebody signs in with, whether or not there is such a person, as failed beforehand: so
   * any number at once are counted. Throws 429 while a pause lasts. `paused` says that a pause begins with this one.
   */
  async account(login: Uint8Array): Promise<{ readonly key: Uint8Array; readonly paused: boolean }> {
    const now = this.clock.now();
    const key = await this.hash.of('account', Buffer.from(login).toString('hex'));
    const attempt = await this.store.people.attempts.attempt(key, now, ACCOUNT);
    if (!attempt.allowed) throw tooMany(attempt.until - now);
    return { key, paused: attempt.count >= ACCOUNT.free };
  }

  /** The attempt did not fail after all. */
  async forgive(key: Uint8Array): Promise<void> {
    await this.store.people.attempts.forgive(key);
  }
}

/** Of IPv6 the first 64 bits: whoever has one address there has all of them. */
function network(address: string): string {
  if (!address.includes(':') || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0');
  return [...left, ...(tail === undefined ? [] : zeros), ...right].slice(0, 4).join(':');
}

function tooMany(waitMs: number): ProblemError {
  const seconds = Math.max(1, Math.ceil(waitMs / 1_000));
  return new ProblemError(
    'too_many_requests',
    say(`Too many attempts: try again in ${seconds} seconds.`, `嘗試次數過多：請於 ${seconds} 秒後再試。`),
    {},
    { 'Retry-After': String(seconds) },
  );
}
