import { createHmac } from 'node:crypto';
import type { Served, Ask, Reply } from './serve.js';

/** A browser at this server: it holds one cookie, and says where its requests come from, as browsers do. */
export class Visitor {
  cookie: string | undefined;

  constructor(private readonly served: Served) {}

  async ask(path: string, { headers, ...what }: Ask = {}): Promise<Reply> {
    const reply = await this.served.ask(path, {
      token: null,
      ...what,
      headers: {
        'Sec-Fetch-Site': 'same-origin',
        'User-Agent': 'Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0',
        ...(this.cookie === undefined ? {} : { Cookie: this.cookie }),
        ...headers,
      },
    });
    const set = reply.headers.get('set-cookie')?.split(';')[0];
    if (set !== undefined) this.cookie = set.endsWith('=') ? undefined : set;
    return reply;
  }
}

/** What an app shows for the secret (RFC 6238). */
export function codeAt(secret: string, at: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  const key = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => parseInt(byte, 2)));
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30_000)));
  const mac = createHmac('sha1', key).update(counter).digest();
  const number = mac.readUInt32BE((mac[19] ?? 0) & 15) & 0x7fffffff;
  return String(number % 1_000_000).padStart(6, '0');
}
