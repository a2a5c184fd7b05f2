/** The page that a link to an approval opens: a real browser, from the mail to the history. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { start, type Running } from '../../apps/server/src/boot/start.js';
import { loadConfig } from '../../apps/server/src/config.js';
import { makeLog } from '../../apps/server/src/log.js';
import { startSmtpSink, type SmtpSink } from '../support/smtp-sink.js';
import { ask } from '../support/ask.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';
import { until } from '../support/until.js';
import { browserProgram, codeOf, openWindow, startBrowser, stepNow } from './browser.js';

const program = browserProgram();
if (program === undefined)
  console.warn('No Chromium: the browser tests are skipped. CORDON_BROWSER names one.');
const withBrowser = program === undefined ? describe.skip : describe;

const ADMIN = 'an-administrators-token-of-this-test';
const PASSWORD = 'gently mossy lantern 4';
const BOUND_MS = 120_000;
const PLAYBOOK = `cordon: 1
id: one
version: 1.0.0
languages: [en, zh-Hant]
title: {en: Plan, zh-Hant: 計劃}
summary: {en: Plan, zh-Hant: 計劃}
roles: [{id: responder, title: {en: R, zh-Hant: R}}, {id: approver, title: {en: A, zh-Hant: A}}]
facts: [{id: leaked, type: yesno, title: {en: Data leaked, zh-Hant: 資料外洩}}]
phases:
  - id: main
    title: {en: Main, zh-Hant: 主要}
    steps:
      - {task: draft, title: {en: Draft, zh-Hant: 草擬}, role: responder}
      - {approval: ok, title: {en: Approve the letter, zh-Hant: 批准信件}, role: approver, covers: [draft], facts: [leaked], refused: {repeat: draft}}
flow: [main]
`;

withBrowser('the page of a link to an approval', () => {
  let database: TestDatabase;
  let folder: string;
  let sink: SmtpSink;
  let running: Running;
  let browser: Browser;
  let base: string;
  const logged: string[] = [];

  beforeAll(async () => {
    database = await emptyDatabase();
    folder = await mkdtemp(join(tmpdir(), 'cordon-approve-'));
    sink = await startSmtpSink();
    const config = loadConfig({
      ...{ DATABASE_URL: database.url, PORT: '0', CORDON_DATA_DIR: folder },
      ...{ CORDON_BOOTSTRAP_TOKEN: ADMIN, SMTP_URL: sink.url },
    });
    const log = makeLog('debug', { write: (line: string) => void logged.push(line) });
    running = await start(config, log, () => undefined);
    base = (running.url ?? '').replace('127.0.0.1', 'localhost');
    browser = await startBrowser(program ?? '');
    await made('/api/v1/playbooks', { raw: PLAYBOOK, headers: { 'content-type': 'application/yaml' } });
  }, BOUND_MS);
  afterAll(async () => {
    await browser?.close();
    await running?.stop();
    await sink?.close();
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  }, BOUND_MS);

  async function made(path: string, what: object): Promise<Readonly<Record<string, unknown>>> {
    const reply = await ask(base + path, { token: ADMIN, key: crypto.randomUUID(), method: 'POST', ...what });
    if (reply.status >= 300) throw new Error(reply.text);
    return reply.body;
  }

  /** An approver with a password and codes, in no browser yet. */
  async function approver(login: string): Promise<{ readonly id: string; readonly secret: string }> {
    const invited = await made('/api/v1/people', {
      json: { name: 'Cat Ho', email: login, roles: ['approver'] },
    });
    const token = String(invited['link']).split('#')[1];
    const { body } = await ask(`${base}/api/v1/enrolment`, { json: { token } });
    const { secret } = body['totp'] as { readonly secret: string };
    const json = { token, password: PASSWORD, code: codeOf(secret, stepNow() - 1) };
    expect((await ask(`${base}/api/v1/enrolment/password`, { json })).status).toBe(201);
    return { id: String(invited['id']), secret };
  }

  /** An incident with an open approval; its ref, and the link that was mailed. */
  async function asked(
    person: string,
    login: string,
  ): Promise<{ readonly ref: string; readonly link: string }> {
    const json = { playbook: 'one', title: 'T', awareAt: '2026-01-05T12:00:00Z' };
    const ref = String((await made('/api/v1/incidents', { json }))['ref']);
    const send = (event: object) => made(`/api/v1/incidents/${ref}/events`, { json: event });
    await send({ type: 'member.add', data: { person } });
    await send({ type: 'step.complete', step: 'draft' });
    const link = await until('the mail is there', BOUND_MS, () => Promise.resolve(linkIn(login, ref)));
    return { ref, link };
  }

  function linkIn(login: string, ref: string): string | undefined {
    for (const message of sink.messages) {
      const [head = '', body = ''] = message.split(/\n\n([^]*)/);
      if (!head.includes(`To: ${login}`)) continue;
      const text = /encoding: base64/i.test(head)
        ? Buffer.from(body, 'base64').toString('utf8')
        : body.replace(/=\n/g, '');
      if (text.includes(ref)) return /http:\/\/localhost:\d+\/approve#[\w-]{43}/.exec(text)?.[0];
    }
    return undefined;
  }

  async function signIn(page: Page, login: string, secret: string): Promise<void> {
    await page.locator('input[name=login]').fill(login);
    await page.locator('input[name=password]').fill(PASSWORD);
    await page.locator('input[name=code]').fill(codeOf(secret, stepNow()));
    await page.locator('#password-sign-in button[type=submit]').click();
  }

  test(
    'asks to sign in, comes back, shows what is approved, and approves; the token stays out of the address and the log',
    async () => {
      const login = 'cat@example.org';
      const { id, secret } = await approver(login);
      const { ref, link } = await asked(id, login);
      const token = link.split('#')[1] ?? link;
      const page = await openWindow(browser);
      const faults: string[] = [];
      page.on('pageerror', (error) => faults.push(String(error)));
      page.on(
        'console',
        (line) => void (/Content Security Policy/.test(line.text()) && faults.push(line.text())),
      );
      await page.setViewportSize({ width: 320, height: 700 });
      await page.goto(link);
      await page.locator('#sign-in').click();
      await page.waitForURL(`${base}/sign-in`);
      await signIn(page, login, secret);
      await page.waitForURL(`${base}/approve`);
      await page.locator('#approval').waitFor();
      expect(await page.locator('#covers').innerText()).toContain('Data leaked');
      expect(
        await page.evaluate('[document.documentElement.scrollWidth, Object.keys(sessionStorage)]'),
      ).toEqual([320, []]);
      await page.getByLabel('Reason').fill('Looks right');
      await page.keyboard.press('Enter');
      expect(await page.locator('#note').isVisible()).toBe(false);
      await page.getByRole('button', { name: 'Approve' }).click();
      await page.locator('#note', { hasText: `Approved. It is in the history of ${ref}.` }).waitFor();
      await page.goto('about:blank');
      await page.goto(link);
      await page.locator('#problem', { hasText: 'This link leads nowhere now' }).waitFor();
      expect(await page.locator('#approval').isVisible()).toBe(false);
      expect(faults).toEqual([]);
      expect(logged.join('')).not.toContain(token);
      await page.context().close();
    },
    BOUND_MS,
  );

  test(
    'a refusal asks for its reason, in Chinese too, and in the dark',
    async () => {
      const login = 'dan@example.org';
      const { id, secret } = await approver(login);
      const { ref, link } = await asked(id, login);
      const page = await openWindow(browser, { locale: 'zh-HK' });
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.goto(`${base}/sign-in`);
      await signIn(page, login, secret);
      await page.waitForURL(`${base}/account`);
      await page.goto(link);
      await page.locator('#approval').waitFor();
      expect(await page.locator('#step-title').innerText()).toBe('批准信件');
      await page.getByRole('button', { name: '拒絕' }).click();
      await page.locator('#reason-error', { hasText: '請說明拒絕的理由。' }).waitFor();
      await page.getByLabel('理由').fill('錯誤');
      await page.getByRole('button', { name: '拒絕' }).click();
      await page.locator('#note', { hasText: `已拒絕，並已載入 ${ref} 的紀錄。` }).waitFor();
      await page.context().close();
    },
    BOUND_MS,
  );
});
