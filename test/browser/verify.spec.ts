/** The page that verifies bundles, in a real browser: as Cordon serves it, and as a file that was saved. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { start, type Running } from '../../apps/server/src/boot/start.js';
import { loadConfig } from '../../apps/server/src/config.js';
import { makeLog } from '../../apps/server/src/log.js';
import { packBundle, testBundle, testKey, testLog, TEST_LOG, type TestBundle } from '../support/bundle.js';
import { emptyDatabase, type TestDatabase } from '../support/database.js';
import { browserProgram, openWindow, startBrowser } from './browser.js';

const program = browserProgram();
if (program === undefined)
  console.warn('No Chromium: the browser tests are skipped. CORDON_BROWSER names one.');
const withBrowser = program === undefined ? describe.skip : describe;

const BOUND_MS = 120_000;

withBrowser('the page that verifies', () => {
  let database: TestDatabase;
  let folder: string;
  let running: Running;
  let browser: Browser;
  let address: string;
  let bundle: TestBundle;
  let good: Buffer;
  const opened: Page[] = [];

  beforeAll(async () => {
    database = await emptyDatabase();
    folder = await mkdtemp(join(tmpdir(), 'cordon-verify-'));
    const config = loadConfig({ DATABASE_URL: database.url, PORT: '0', CORDON_DATA_DIR: folder });
    const log = makeLog('warn', { write: () => undefined });
    running = await start(config, log, () => undefined);
    address = `${running.url}/verify`;
    browser = await startBrowser(program ?? '');
    bundle = await testBundle(await testLog(), { incident: 1, witnesses: 2 });
    good = await packBundle(bundle);
  }, BOUND_MS);
  afterAll(async () => {
    for (const page of opened) await page.context().close();
    await browser?.close();
    await running?.stop();
    await database?.drop();
    await rm(folder, { recursive: true, force: true });
  }, BOUND_MS);

  /** The page, and what was asked for since it was loaded. */
  async function open(
    url = address,
    locale = 'en',
  ): Promise<{ page: Page; asked: string[]; complaints: string[] }> {
    const page = await openWindow(browser, { locale });
    opened.push(page);
    const asked: string[] = [];
    const complaints: string[] = [];
    await page.goto(url);
    page.on('request', (request) => asked.push(request.url()));
    page.on('console', (message) => complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    return { page, asked, complaints };
  }

  const fileOf = (name: string, buffer: Buffer | string) => ({
    ...{ name, mimeType: 'application/octet-stream' },
    buffer: Buffer.from(buffer),
  });

  async function verdictOn(page: Page, zip: Buffer, policy?: string, since?: string): Promise<string | null> {
    await page.locator('#bundle').setInputFiles(fileOf('bundle.zip', zip));
    await page.locator('#policy').setInputFiles(policy === undefined ? [] : [fileOf('policy.txt', policy)]);
    await page.locator('#since').setInputFiles(since === undefined ? [] : [fileOf('kept', since)]);
    await page.locator('#check').click();
    await page.locator('.verdict').waitFor();
    return page.locator('.verdict').getAttribute('data-verdict');
  }

  test(
    'a good bundle verifies on all five levels, and nothing is asked of anybody for it',
    async () => {
      const { page, asked, complaints } = await open();
      expect(await verdictOn(page, good, bundle.policy)).toBe('verified');
      expect(await page.locator('td.outcome.holds').count()).toBe(5);
      expect(await page.locator('[data-level="5"]').textContent()).toMatch(/events: [1-9]/);
      const text = (await page.locator('#result').textContent()) ?? '';
      expect(text).toContain('VERIFIED');
      expect(text).toContain('INC-1');
      expect(text).toContain(TEST_LOG);
      expect(await page.evaluate('document.activeElement.id')).toBe('verdict');
      expect(asked.filter((url) => !url.startsWith('blob:'))).toEqual([]);
      expect(complaints).toEqual([]);
    },
    BOUND_MS,
  );

  test(
    'without a policy file it says that it is not known whose log this is',
    async () => {
      const { page } = await open();
      expect(await verdictOn(page, good)).toBe('unknownWhose');
      expect(await page.locator('.verdict').textContent()).toContain('not known WHOSE log this is');
      expect(await page.locator('#not-checked').textContent()).toContain(
        "that the log's key is the right one",
      );
    },
    BOUND_MS,
  );

  test(
    'a flipped byte of an entry is refused, with the code and the entry',
    async () => {
      const { page } = await open();
      const parts = new Map(bundle.parts);
      const entries = Buffer.from(parts.get('log/entries.jsonl') ?? '');
      const at = entries.indexOf('"seq":3') + '"seq":'.length;
      entries[at] = '4'.charCodeAt(0);
      parts.set('log/entries.jsonl', entries);
      // The list of contents, made to fit by whoever altered it, does not help.
      expect(await verdictOn(page, await packBundle({ ...bundle, parts }), bundle.policy)).toBe(
        'notVerified',
      );
      expect(await page.locator('#fault code').first().textContent()).toBe('E_ROOT');
      const altered = Buffer.from(good);
      altered[good.indexOf('"seq":3') + '"seq":'.length] = '4'.charCodeAt(0);
      expect(await verdictOn(page, altered, bundle.policy)).toBe('notVerified');
      expect(await page.locator('#fault code').first().textContent()).toBe('E_ZIP');
      expect(await page.locator('#fault').textContent()).toContain('log/entries.jsonl');
      expect(await page.locator('td.outcome.holds').count()).toBe(0);
    },
    BOUND_MS,
  );

  test(
    'an entry that is wrong in itself is named',
    async () => {
      const { page } = await open();
      const parts = new Map(bundle.parts);
      const openings = parts.get('log/openings.jsonl')?.toString() ?? '';
      const line = openings.split('\n').find((one) => /"key":"data.text","salt"/.test(one)) ?? '';
      const index = Number(/"index":(\d+)/.exec(line)?.[1]);
      const altered = line.replace(
        /"salt":"(.)/,
        (_, first: string) => `"salt":"${first === 'A' ? 'B' : 'A'}`,
      );
      parts.set('log/openings.jsonl', Buffer.from(openings.replace(line, altered)));
      expect(await verdictOn(page, await packBundle({ ...bundle, parts }), bundle.policy)).toBe(
        'notVerified',
      );
      const fault = (await page.locator('#fault').textContent()) ?? '';
      expect(fault).toContain('E_OPENING');
      expect(fault).toContain(`Place in the log${index}`);
    },
    BOUND_MS,
  );

  test(
    'another log’s policy refuses it; a policy that is none is refused itself',
    async () => {
      const { page } = await open();
      const other = testKey('another.example/log', 5);
      expect(await verdictOn(page, good, `log ${other.vkey}\nquorum none\n`)).toBe('notVerified');
      expect(await page.locator('#fault code').first().textContent()).toBe('E_UNKNOWN_LOG');
      await page.locator('#policy').setInputFiles(fileOf('policy.txt', 'log nonsense\n'));
      expect(await page.locator('.verdict').count()).toBe(0);
      await page.locator('#check').click();
      await page.getByText('nothing was checked').waitFor();
      expect(await page.locator('#policy-error').textContent()).toContain('policy, line 1');
      expect(await page.locator('.verdict').count()).toBe(0);
    },
    BOUND_MS,
  );

  test(
    'a kept checkpoint that the log does not follow from is seen',
    async () => {
      const { page } = await open();
      const kept = bundle.parts.get('log/checkpoint')?.toString() ?? '';
      expect(await verdictOn(page, good, bundle.policy, kept)).toBe('verified');
      const rewritten = await testBundle(await testLog({ incidents: 1 }), { incident: 1, witnesses: 2 });
      expect(await verdictOn(page, await packBundle(rewritten), bundle.policy, kept)).toBe('notVerified');
      expect(await page.locator('#fault code').first().textContent()).toBe('E_CONSISTENCY');
    },
    BOUND_MS,
  );

  test(
    'the browser itself forbids the page and its worker every connection',
    async () => {
      const { page, asked } = await open();
      const refused = await page.evaluate(`(async () => {
        const source = "fetch('${address}').then(String, () => 'refused')";
        const worker = new Worker(URL.createObjectURL(new Blob([source + '.then(postMessage)'])));
        const there = await new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
        return [await fetch('${address}').then(String, () => 'refused'), there];
      })()`);
      expect(refused).toEqual(['refused', 'refused']);
      expect(asked.filter((url) => !url.startsWith('blob:'))).toEqual([]);
    },
    BOUND_MS,
  );

  test(
    'the saved page is one file that needs neither Cordon nor a network',
    async () => {
      const { page } = await open();
      const [download] = await Promise.all([page.waitForEvent('download'), page.locator('#save').click()]);
      expect(download.suggestedFilename()).toBe('cordon-verify.html');
      const path = join(folder, 'cordon-verify.html');
      await download.saveAs(path);
      expect(await readFile(path, 'utf8')).toBe(await (await fetch(address)).text());
      const saved = await open(pathToFileURL(path).href);
      await saved.page.context().setOffline(true);
      expect(await verdictOn(saved.page, good, bundle.policy)).toBe('verified');
      expect(await saved.page.locator('td.outcome.holds').count()).toBe(5);
      expect(saved.complaints).toEqual([]);
      expect(saved.asked.filter((url) => !url.startsWith('blob:'))).toEqual([]);
    },
    BOUND_MS,
  );

  test(
    'in Chinese, and in the other language at a click, with the same verdict',
    async () => {
      const { page } = await open(address, 'zh-HK');
      expect(await page.locator('html').getAttribute('lang')).toBe('zh-Hant');
      expect(await verdictOn(page, good)).toBe('unknownWhose');
      expect(await page.locator('.verdict').textContent()).toContain('未知屬誰');
      const untranslated = await page.locator('#not-checked [lang="en"]').allTextContents();
      expect(untranslated).toEqual([]);
      await page.locator('#language').click();
      expect(await page.locator('.verdict').textContent()).toContain('WHOSE');
      expect(await page.locator('html').getAttribute('lang')).toBe('en');
    },
    BOUND_MS,
  );

  test(
    'files that are dropped find their places',
    async () => {
      const { page } = await open();
      const kept = bundle.parts.get('log/checkpoint')?.toString() ?? '';
      await page.evaluate(`(() => {
        const bytes = Uint8Array.from(atob('${good.toString('base64')}'), (letter) => letter.charCodeAt(0));
        const files = new DataTransfer();
        for (const content of [${JSON.stringify(bundle.policy)}, bytes, ${JSON.stringify(kept)}])
          files.items.add(new File([content], 'dropped'));
        document.dispatchEvent(new DragEvent('drop', { dataTransfer: files, cancelable: true }));
      })()`);
      await page.waitForFunction(
        "['bundle', 'policy', 'since'].every((id) => document.getElementById(id).files.length === 1)",
      );
      await page.locator('#check').click();
      await page.locator('[data-verdict="verified"]').waitFor();
      await page.locator('#policy').focus();
      await writeFile(join(folder, 'x.txt'), 'hello');
      await page.locator('#bundle').setInputFiles(join(folder, 'x.txt'));
      expect(await page.locator('.verdict').count()).toBe(0);
      await page.locator('#check').click();
      await page.locator('[data-verdict="notVerified"]').waitFor();
      expect(await page.locator('#fault code').first().textContent()).toBe('E_ZIP');
    },
    BOUND_MS,
  );
});
