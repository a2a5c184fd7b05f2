/** As much of a browser as signing in takes: cookies by origin, and redirects followed one by one. */
export interface Page {
  readonly status: number;
  readonly url: string;
  readonly text: string;
  readonly headers: Headers;
}

const MOST_REDIRECTS = 20;

export class Browser {
  private readonly jars = new Map<string, Map<string, string>>();

  /** Follows redirects to the last page, or to the first address that `stopAt` says is not to be asked for. */
  async visit(
    address: string,
    stopAt: (url: string) => boolean = () => false,
    headers: Readonly<Record<string, string>> = {},
  ): Promise<Page> {
    let url = address;
    for (let i = 0; i < MOST_REDIRECTS; i += 1) {
      const page = await this.get(url, headers);
      const location = page.headers.get('location');
      if (location === null) return page;
      url = new URL(location, url).href;
      if (stopAt(url)) return { ...page, url };
    }
    throw new Error(`${address} redirects for ever`);
  }

  async get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Page> {
    return this.send(url, { headers });
  }

  async post(url: string, form: Readonly<Record<string, string>>): Promise<Page> {
    return this.send(url, { method: 'POST', body: new URLSearchParams(form) });
  }

  async send(url: string, what: RequestInit): Promise<Page> {
    const cookie = this.cookies(url);
    const headers = {
      ...(what.headers as Record<string, string> | undefined),
      ...(cookie ? { cookie } : {}),
    };
    const reply = await fetch(url, {
      ...what,
      headers,
      redirect: 'manual',
      signal: AbortSignal.timeout(20_000),
    });
    this.keep(url, reply.headers.getSetCookie());
    return { status: reply.status, url, text: await reply.text(), headers: reply.headers };
  }

  /** Value of the Cookie header for an address. */
  cookies(url: string): string {
    return [...this.jar(url)].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  /** Forgets every cookie of the address's origin. */
  forget(url: string): void {
    this.jar(url).clear();
  }

  private keep(url: string, lines: readonly string[]): void {
    for (const line of lines) {
      const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
      const at = pair.indexOf('=');
      const gone = attributes.some((one) => /^max-age=0$/i.test(one) || isPast(one));
      if (gone) this.jar(url).delete(pair.slice(0, at));
      else this.jar(url).set(pair.slice(0, at), pair.slice(at + 1));
    }
  }

  private jar(url: string): Map<string, string> {
    const { origin } = new URL(url);
    const jar = this.jars.get(origin) ?? new Map<string, string>();
    this.jars.set(origin, jar);
    return jar;
  }
}

function isPast(attribute: string): boolean {
  const date = /^expires=(.+)$/i.exec(attribute)?.[1];
  return date !== undefined && Date.parse(date) <= Date.now();
}
