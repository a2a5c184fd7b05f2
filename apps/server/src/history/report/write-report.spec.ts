import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { noteOf, vkeyOf } from '@cordon/audit';
import type { EntryView } from '@cordon/runtime';
import { toldHistory, type ToldHistory } from '../../../../../test/support/told-history.js';
import { MAX_ATTACHED_BYTES, type ReportInput } from './report-input.js';
import { writeReport } from './write-report.js';

const ROOT = createHash('sha256').update('root').digest('base64');
const BUNDLE = Buffer.from('PK: the bytes of a bundle, stored as they are');

let told: ToldHistory;

beforeAll(async () => {
  told = await toldHistory('lost-device', { title: 'A laptop & <its> owner' });
}, 60_000);

function inputOf(more: Partial<ReportInput> = {}): ReportInput {
  const { incident, views, steps, evidence } = told;
  const origin = 'cordon-log/test';
  return {
    ...{
      language: 'en',
      createdAt: Date.parse('2026-04-01T01:02:03Z'),
      incident,
      entries: views,
      steps,
      evidence,
    },
    proof: {
      checkpoint: noteOf(`${origin}\n1234\n${ROOT}\n`, [
        `— ${origin} ${Buffer.alloc(68, 1).toString('base64')}`,
      ]),
      keys: [{ purpose: 'log', vkey: vkeyOf(origin, Buffer.alloc(32, 7)).text }],
      first: { index: 11, hash: 'aa'.repeat(32) },
      last: { index: 99, hash: 'bb'.repeat(32) },
    },
    ...more,
  };
}

async function written(input: ReportInput): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of writeReport(input)) parts.push(part);
  return Buffer.concat(parts);
}

const bundle = (content?: Uint8Array): NonNullable<ReportInput['bundle']> => ({
  ...{ name: 'INC-1.zip', bytes: BUNDLE.length, sha256: createHash('sha256').update(BUNDLE).digest('hex') },
  ...(content ? { content } : {}),
});

test('the same input gives the same bytes, another time of writing others', async () => {
  const [one, again] = [await written(inputOf()), await written(inputOf())];
  expect(one.equals(again)).toBe(true);
  expect(one.equals(await written(inputOf({ createdAt: 0 })))).toBe(false);
});

test('it says that it is PDF/A-3b and tagged, has its fonts in it as a part, and nothing that runs or is fetched', async () => {
  const pdf = (await written(inputOf({ bundle: bundle(BUNDLE) }))).toString('latin1');
  expect(pdf).toMatch(/<pdfaid:part>3<\/pdfaid:part>\s*<pdfaid:conformance>B</);
  for (const part of ['/GTS_PDFA1', '/Marked true', '/StructTreeRoot', '/Lang (en)', '/DisplayDocTitle true'])
    expect(pdf).toContain(part);
  const fonts = [...pdf.matchAll(/\/BaseFont \/(\S+)/g)].map(([, name]) => name);
  expect(new Set(fonts).size).toBe(2);
  for (const font of fonts) expect(font).toMatch(/^[A-Z]{6}\+NotoSansTC/);
  expect(pdf.match(/\/FontFile2/g)).toHaveLength(2);
  expect(pdf).not.toMatch(/\/(JavaScript|JS|URI|Launch|SubmitForm|GoToR|OpenAction|AA|RichMedia|Encrypt)\b/);
});

test('what people typed stays out of the metadata, where it would be XML', async () => {
  const pdf = (await written(inputOf())).toString('utf8');
  const [, metadata = ''] = /<\?xpacket begin([\s\S]*?)<\?xpacket end/.exec(pdf) ?? [];
  expect(metadata).toContain(`Incident report ${told.incident.ref}`);
  expect(metadata).not.toContain('laptop');
});

test('the bundle is attached where there are bytes for it, and not where they are too many', async () => {
  expect((await written(inputOf({ bundle: bundle(BUNDLE) }))).toString('latin1')).toContain('/EmbeddedFile');
  expect((await written(inputOf({ bundle: bundle() }))).toString('latin1')).not.toContain('/EmbeddedFile');
  const large = await written(inputOf({ bundle: bundle(Buffer.alloc(MAX_ATTACHED_BYTES + 1)) }));
  expect(large.toString('latin1')).not.toContain('/EmbeddedFile');
}, 60_000);

test('a zone or a checkpoint that is none is refused', async () => {
  await expect(written(inputOf({ timeZone: 'Mars/Olympus' }))).rejects.toThrow(RangeError);
  const proof = { ...inputOf().proof, checkpoint: 'no note' };
  await expect(written(inputOf({ proof }))).rejects.toMatchObject({ code: 'E_NOTE_FORMAT' });
});

const pdftotext = spawnSync('pdftotext', ['-v']).error === undefined;
(pdftotext ? describe : describe.skip)('as it is read', () => {
  async function read(input: ReportInput): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), 'cordon-report-'));
    try {
      const file = join(folder, 'report.pdf');
      writeFileSync(file, await written(input));
      const { stdout } = spawnSync('pdftotext', ['-layout', file, '-'], { maxBuffer: 1e8 });
      return stdout.toString();
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test('every section, every entry and every proof is there', async () => {
    const text = await read(inputOf({ bundle: bundle(BUNDLE) }));
    for (const title of [
      'Summary',
      'People and roles',
      'Timeline',
      'Decisions and approvals',
      'What was refused',
    ])
      expect(text).toContain(title);
    for (const title of ['Clocks and duties as recorded', 'What is withheld', 'Evidence', 'Proofs'])
      expect(text).toContain(title);
    for (const { seq } of told.views) expect(text).toMatch(new RegExp(`#${seq}\\b`));
    for (const proof of [ROOT, 'aa'.repeat(32), 'bb'.repeat(32), bundle().sha256, 'cordon-log/test+'])
      expect(text).toContain(proof);
    expect(text).toContain('not a finding of law');
    expect(text).not.toMatch(/\b(remind|due|escalate|wait|timeout):/);
    expect(text).toContain('A laptop & <its> owner');
    expect(text).not.toContain('EXERCISE');
    for (const page of text.split('\f').filter((one) => one.trim() !== ''))
      expect(page.match(/TLP:AMBER/g)?.length).toBeGreaterThanOrEqual(2);
    const pages = [...text.matchAll(/Page (\d+) of (\d+)/g)];
    expect(pages.map(([, page]) => Number(page))).toEqual(pages.map((_, i) => i + 1));
    expect(Number(pages[0]?.[2])).toBe(pages.length);
  });

  test('a character that the fonts do not have, or that does not show, is printed as its number', async () => {
    const text = await read(inputOf());
    expect(text).toContain('Emoji [U+1F692]');
    expect(text).toContain('[U+202E]override');
  });

  test('times are printed in the zone that was asked for, each with its offset', async () => {
    expect(await read(inputOf({ timeZone: 'Asia/Hong_Kong' }))).toContain('2026-04-01 09:02:03 +08:00');
    expect(await read(inputOf())).toContain('2026-04-01 01:02:03 UTC');
  });

  test('what is withheld is named and not shown', async () => {
    const [first, ...others] = told.views;
    const entries = [{ ...first, withheld: ['note', 'data.collectedBy'] } as EntryView, ...others];
    const text = await read(inputOf({ entries }));
    expect(text).toContain('Withheld: note, data.collectedBy');
    expect(text).not.toContain('Nothing is withheld');
  });

  test('in Chinese it is Chinese, and an exercise says so on every page', async () => {
    const incident = { ...told.incident, exercise: true };
    const text = await read(inputOf({ language: 'zh-Hant', incident }));
    const pages = text.split('\f').filter((page) => page.trim() !== '');
    expect(pages.every((page) => page.includes('演習'))).toBe(true);
    for (const title of ['摘要', '時間線', '決定及批准', '被拒絕的嘗試', '證明'])
      expect(text).toContain(title);
    expect(text).not.toContain('completed');
  });
});

test('a note as long as notes may be, thousands of entries, and words without end are written', async () => {
  const [first] = told.views;
  if (!first) throw new Error('the history has entries');
  const long = [`${'𠮷應變 “quoted” '.repeat(1_500)}`, 'x'.repeat(20_000), '\n'.repeat(500)];
  const entries = Array.from({ length: 1_000 }, (_, i) => ({
    ...first,
    seq: i + 1,
    note: long[i] ?? 'short',
  }));
  const pdf = await written(inputOf({ entries, incident: { ...told.incident, exercise: true } }));
  expect(pdf.subarray(-6).toString()).toBe('%%EOF\n');
}, 120_000);
