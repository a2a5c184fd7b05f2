import { parseCookie, stringifySetCookie } from 'cookie';
import type { Config } from '../config.js';

const SESSION_TOKEN = /^[A-Za-z0-9_-]{43}$/;

/**
 * Whether browsers reach us over plain http on this very machine. Only there may the cookie be sent without TLS:
 * `__Host-` and `Secure` would make some browsers drop it.
 */
function isPlainLoopback({ publicUrl, host }: Pick<Config, 'publicUrl' | 'host'>): boolean {
  const url = new URL(publicUrl ?? `http://${host.includes(':') ? `[${host}]` : host}`);
  return url.protocol === 'http:' && isLoopback(url.hostname);
}

function isLoopback(host: string): boolean {
  return (
    host === 'localhost' ||
    host.endsWith('.localhost') ||
    host === '[::1]' ||
    /^127(\.\d{1,3}){3}$/.test(host)
  );
}

/** The cookie that carries a session's token: never readable by scripts, never sent along with a form of another site. */
export class SessionCookie {
  readonly name: string;
  private readonly secure: boolean;

  constructor(config: Pick<Config, 'publicUrl' | 'host'>) {
    this.secure = !isPlainLoopback(config);
    this.name = this.secure ? '__Host-cordon' : 'cordon';
  }

  /** Value of Set-Cookie; the browser forgets it after so long at the latest. */
  set(token: string, maxAgeSeconds: number): string {
    return stringifySetCookie(this.name, token, { ...this.attributes(), maxAge: maxAgeSeconds });
  }

  /** Value of Set-Cookie that makes the browser forget it. */
  clear(): string {
    return stringifySetCookie(this.name, '', { ...this.attributes(), maxAge: 0 });
  }

  /** The token in a Cookie header; undefined when there is none that could be one of ours. */
  tokenIn(header: string | undefined): string | undefined {
    if (header === undefined) return undefined;
    const token = parseCookie(header)[this.name];
    return token !== undefined && SESSION_TOKEN.test(token) ? token : undefined;
  }

  private attributes() {
    return { httpOnly: true, secure: this.secure, sameSite: 'lax', path: '/' } as const;
  }
}
