/** A real Chromium with an authenticator that is made up, and an app for one-time codes. */
import { createHmac } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';

const places = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const flags = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** The program that CORDON_BROWSER names, else one of the usual places; undefined where there is none. */
export function browserProgram(): string | undefined {
  return process.env['CORDON_BROWSER'] ?? places.find((path) => existsSync(path));
}

export function startBrowser(program: string): Promise<Browser> {
  return chromium.launch({ executablePath: program, args: flags });
}

/** A window of its own: no cookie is shared with another. With `passkeys`, one that says yes at once. */
export async function openWindow(
  browser: Browser,
  { passkeys = false, locale = 'en' }: { passkeys?: boolean; locale?: string } = {},
): Promise<Page> {
  const context = await browser.newContext({ locale, viewport: { width: 390, height: 844 } });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  if (passkeys) {
    const session = await context.newCDPSession(page);
    await session.send('WebAuthn.enable');
    await session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2',
        transport: 'internal',
        hasResidentKey: true,
        hasUserVerification: true,
        isUserVerified: true,
        automaticPresenceSimulation: true,
      },
    });
  }
  return page;
}

export const stepNow = (): number => Math.floor(Date.now() / 30_000);

/** RFC 6238, written a second time: what the server takes is what any app shows. */
export function codeOf(secret: string, step: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...secret.replaceAll(' ', '')].map((letter) =>
    alphabet.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const mac = createHmac('sha1', Buffer.from(bytes.map((byte) => parseInt(byte, 2))))
    .update(counter)
    .digest();
  const at = (mac[19] ?? 0) & 15;
  return String((mac.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}
