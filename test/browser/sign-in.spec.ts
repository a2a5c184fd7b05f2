/** Signing in as people do it: the built product, a real browser, nothing in between. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { embeddedDeployment, serverDeployment, type Deployment } from '../support/deployment.js';
import { launch, type ServerProcess } from '../support/server-process.js';
import { until } from '../support/until.js';
import { browserProgram, codeOf, openWindow, startBrowser, stepNow } from './browser.js';

const program = browserProgram();
if (program === undefined)
  console.warn('No Chromium: the browser tests are skipped. CORDON_BROWSER names one.');
// Only where there is no Chromium, and nobody said that there is one.
const withBrowser = program === undefined ? describe.skip : describe;

const START_BOUND_MS = 120_000;
const PASSWORD = 'gently mossy lantern 4';

withBrowser('in a browser', () => {
  let deployment: Deployment;
  let server: ServerProcess;
  let browser: Browser;
  let base: string;
  let ann: Page;

  beforeAll(async () => {
    deployment = await (process.env['TEST_DATABASE_URL'] ? serverDeployment() : embeddedDeployment());
    server = launch({ ...deployment.settings, CORDON_ROLE: 'all' });
    base = ((await server.ready) ?? '').replace('127.0.0.1', 'localhost');
    browser = await startBrowser(program ?? '');
    ann = await openWindow(browser, { passkeys: true });
  }, START_BOUND_MS);
  afterAll(async () => {
    await browser?.close();
    await server?.stop();
    await deployment?.remove();
  }, START_BOUND_MS);

  const invited = (name: string, email: string, roles: readonly string[]): Promise<string> =>
    ann.evaluate(
      async (body) => {
        const headers = { 'Content-Type': 'application/json' };
        const made = await fetch('/api/v1/people', { method: 'POST', headers, body: JSON.stringify(body) });
        return ((await made.json()) as { link: string }).link;
      },
      { name, email, roles },
    );

  test('the first administrator opens the printed link, makes a passkey, and is signed in', async () => {
    const link = /First administrator: (\S+)/.exec(server.printed())?.[1] ?? '';
    expect(link).toMatch(/^http:\/\/localhost:\d+\/welcome#[\w-]{43}$/);
    await ann.goto(link);
    await ann.locator('#enrol').waitFor();
    expect(ann.url()).toBe(`${base}/welcome`);
    await ann.getByLabel('Your name').fill('Ann Lee');
    await ann.getByLabel('E-mail address or login name').fill('ann@example.org');
    await ann.getByRole('button', { name: 'Use a passkey' }).click();
    await ann.waitForURL(`${base}/account`);
    await ann.locator('#my-name', { hasText: /^Ann Lee$/ }).waitFor();
    await ann.locator('#my-roles', { hasText: /^administrator$/ }).waitFor();
    expect(server.said()).not.toContain(link.split('#')[1] ?? link);
    const [cookie] = await ann.context().cookies();
    expect(cookie).toMatchObject({ name: 'cordon', httpOnly: true, sameSite: 'Lax', path: '/' });
    await ann.goto(link);
    await ann.getByText('This link is unknown, used up or has expired.').waitFor();
  });

  test('signed out, the passkey signs in again; what it answered then is worthless afterwards', async () => {
    await ann.goto(`${base}/account`);
    await ann.getByRole('button', { name: 'Sign out', exact: true }).click();
    await ann.waitForURL(`${base}/sign-in`);
    await ann.goto(`${base}/account`);
    await ann.waitForURL(`${base}/sign-in`);
    const sent = ann.waitForRequest(`${base}/api/v1/session/passkey`);
    await ann.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await ann.waitForURL(`${base}/account`);
    await ann.locator('#my-name', { hasText: /^Ann Lee$/ }).waitFor();
    const headers = { 'Content-Type': 'application/json' };
    const body = (await sent).postData() ?? '';
    const again = await fetch(`${base}/api/v1/session/passkey`, { method: 'POST', headers, body });
    expect([again.status, again.headers.get('set-cookie')]).toEqual([401, null]);
  });

  test('an address that can have no passkeys says so, and what to open instead', async () => {
    const phished = await openWindow(browser, { passkeys: true });
    await phished.goto(base.replace('localhost', '127.0.0.1') + '/sign-in');
    const button = phished.getByRole('button', { name: 'Sign in with a passkey' });
    expect(await button.isDisabled()).toBe(true);
    await phished.getByText('There can be no passkeys at this address').waitFor();
    await phished.context().close();
  });

  test('a password alone is not enough: wrong code, then the right one, then a recovery code once', async () => {
    const ben = await openWindow(browser);
    await ben.goto(await invited('Ben Ho', 'ben@example.org', ['responder']));
    await ben.getByText('Hello Ben Ho.').waitFor();
    const secret = (await ben.locator('#totp-secret').textContent()) ?? '';
    await ben.getByLabel('New password').fill('ben@example.org');
    // Some seconds of the step must be left, so that the code of the one before is still taken.
    await until('an early part of a step', 30_000, async () => Date.now() % 30_000 < 22_000 || undefined);
    await ben.getByLabel('The six digits that the app shows now').fill(codeOf(secret, stepNow() - 1));
    await ben.getByRole('button', { name: 'Set password and codes' }).click();
    await ben.getByText('It is little more than your own name').waitFor();
    expect(await ben.getByLabel('New password').getAttribute('aria-invalid')).toBe('true');
    await ben.getByLabel('New password').fill(PASSWORD);
    await ben.getByRole('button', { name: 'Set password and codes' }).click();
    await ben.locator('#recovery').waitFor();
    const codes = await ben.locator('#recovery-codes li').allTextContents();
    expect(new Set(codes).size).toBe(10);
    await ben.getByRole('button', { name: 'I have kept them' }).click();
    await ben.waitForURL(`${base}/account`);
    await ben.getByRole('button', { name: 'Sign out', exact: true }).click();

    const attempt = async (code: string): Promise<void> => {
      await ben.waitForURL(`${base}/sign-in`);
      await ben.getByLabel('E-mail address or login name').fill('Ben@Example.org');
      await ben.getByLabel('Password', { exact: true }).fill(PASSWORD);
      await ben.getByLabel('Code', { exact: true }).fill(code);
      await ben.getByRole('button', { name: 'Sign in with password and code' }).click();
    };
    const right = codeOf(secret, stepNow());
    await attempt(right === '000000' ? '000001' : '000000');
    await ben.getByText('Something of it is wrong').waitFor();
    await attempt(right);
    await ben.waitForURL(`${base}/account`);
    await ben.getByRole('button', { name: 'Sign out', exact: true }).click();
    await attempt(right);
    await ben.getByText('Something of it is wrong').waitFor();
    await attempt(codes[3] ?? '');
    await ben.waitForURL(`${base}/account`);
    await ben.getByText('9 recovery codes left').waitFor();
    await ben.context().close();
  }, 60_000);

  test('a session that is revoked elsewhere is dead on the next request', async () => {
    const elsewhere = await openWindow(browser, { locale: 'zh-HK' });
    const cookies = await ann.context().cookies();
    await ann.getByText('How you sign in').waitFor();
    await ann.context().clearCookies();
    await ann.goto(`${base}/sign-in`);
    await ann.getByRole('button', { name: 'Sign in with a passkey' }).click();
    await ann.waitForURL(`${base}/account`);
    expect((await ann.context().cookies())[0]?.value).not.toBe(cookies[0]?.value);
    await elsewhere.context().addCookies(cookies);
    await elsewhere.goto(`${base}/account`);
    await elsewhere.getByText('登入方式').first().waitFor();
    await ann.reload();
    await ann
      .getByRole('button', { name: /^Sign out there/ })
      .first()
      .click();
    await ann.getByText('Done.').waitFor();
    await elsewhere.reload();
    await elsewhere.waitForURL(`${base}/sign-in`);
    await elsewhere.context().close();
  });

  test('the last way to sign in is not removed', async () => {
    await ann.goto(`${base}/account`);
    await ann.getByRole('button', { name: /^Remove/ }).click();
    await ann.getByText('Add another way to sign in first.').waitFor();
  });

  test.each([
    ['en', 320],
    ['zh-HK', 320],
    ['en', 1440],
  ])('nothing scrolls sideways: %s at %i pixels', async (locale, width) => {
    const page = await openWindow(browser, { locale });
    await page.setViewportSize({ width, height: 720 });
    const sideways = (): Promise<number> =>
      page.evaluate<number>('document.documentElement.scrollWidth - window.innerWidth');
    await page.goto(`${base}/sign-in`);
    expect(await sideways()).toBeLessThanOrEqual(0);
    await page.goto(
      await invited('Somebody With A Long Name', `${locale}.${width}@example.org`, ['observer']),
    );
    await page.locator('#enrol').waitFor();
    expect(await sideways()).toBeLessThanOrEqual(0);
    await page.context().addCookies(await ann.context().cookies());
    await page.goto(`${base}/account`);
    await page.locator('#sessions li').first().waitFor();
    expect(await sideways()).toBeLessThanOrEqual(0);
    await page.context().close();
  });
});
