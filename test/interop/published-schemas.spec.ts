/**
 * Our views before the schemas that their formats are published with, which are not ours to hand on. `CORDON_SCHEMAS`
 * names a folder that holds them under the names of `PUBLISHED`; test/fixtures/schemas/README.md says where they come
 * from. Without it nothing is checked here.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { cloudEventsView, ocelView, ocsfView, xesView, type HistoryRecord } from '@cordon/exchange';
import { jsonLines, jsonSchema, toldLog, writtenView } from '../support/told-log.js';

const OCSF_CLASSES = {
  2005: 'incident_finding',
  3001: 'account_change',
  3002: 'authentication',
  3004: 'entity_management',
  6003: 'api_activity',
} as const;

const PUBLISHED = {
  xes: 'xes-ieee-1849-2016.xsd',
  ocel: 'ocel20-schema-json.json',
  cloudEvents: 'cloudevents.json',
  ocsf: Object.values(OCSF_CLASSES).map((name) => `ocsf-1.8.0-${name}.json`),
};

const folder = process.env.CORDON_SCHEMAS;
const present = folder === undefined ? [] : readdirSync(folder);
const fileOf = (name: string): string => resolve(folder ?? '', name);

/** A test where the file is there, else a skipped one that says which it needs. */
function testWith(name: string, title: string, work: () => Promise<void>): void {
  const needs = present.includes(name) ? '' : ' (skipped: in CORDON_SCHEMAS it is not)';
  (present.includes(name) ? test : test.skip)(`${title}, by ${name}${needs}`, work);
}

let records: readonly HistoryRecord[];
const scratch = mkdtempSync(join(tmpdir(), 'cordon-schemas-'));

beforeAll(async () => {
  if (folder !== undefined) records = await toldLog();
}, 120_000);
afterAll(() => rmSync(scratch, { recursive: true }));

(folder === undefined ? test.skip : test)('the folder holds published schemas, and nothing else', () => {
  const known = [PUBLISHED.xes, PUBLISHED.ocel, PUBLISHED.cloudEvents, ...PUBLISHED.ocsf];
  expect(present.length).toBeGreaterThan(0);
  expect(present.filter((name) => !known.includes(name))).toEqual([]);
});

testWith(PUBLISHED.xes, 'XES fits', async () => {
  const xes = await writtenView(xesView, records);
  expect(xmllint(xes)).toEqual({ status: 0, said: 'validates' });
  expect(xmllint(xes.replace('<event>', '<event kind="x">')).status).not.toBe(0);
  expect(
    xmllint(xes.replace('<date key="recorded_at" value="2', '<date key="recorded_at" value="x')).status,
  ).not.toBe(0);
});

/** Some editions name no namespace, which logs do: including the file into a schema of that namespace gives it one. */
function xmllint(xes: string): { readonly status: number | null; readonly said: string | undefined } {
  const log = join(scratch, 'events.xes');
  const schema = join(scratch, 'xes.xsd');
  const published = pathToFileURL(fileOf(PUBLISHED.xes)).href;
  writeFileSync(log, xes);
  writeFileSync(
    schema,
    '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="http://www.xes-standard.org/">' +
      `<xs:include schemaLocation="${published}"/></xs:schema>`,
  );
  const args = ['--noout', '--nonet', '--schema', schema, log];
  const { status, stderr, error } = spawnSync('xmllint', args, { encoding: 'utf8' });
  if (error) throw new Error('xmllint cannot be run: install libxml2-utils', { cause: error });
  return { status, said: stderr.trim().split(' ').at(-1) };
}

testWith(PUBLISHED.ocel, 'OCEL 2.0 fits', async () => {
  const valid = jsonSchema(fileOf(PUBLISHED.ocel));
  const log = JSON.parse(await writtenView(ocelView, records)) as { readonly events: readonly object[] };
  expect([valid(log), valid.errors]).toEqual([true, null]);
  expect(valid({ ...log, events: [{ ...log.events[0], time: 'yesterday' }] })).toBe(false);
  expect(valid({ ...log, events: [{ ...log.events[0], attributes: [{ name: 'seq', value: 1 }] }] })).toBe(
    false,
  );
});

testWith(PUBLISHED.cloudEvents, 'CloudEvents fit', async () => {
  const valid = jsonSchema(fileOf(PUBLISHED.cloudEvents));
  const events = jsonLines(await writtenView(cloudEventsView, records));
  for (const event of events) expect([valid(event), valid.errors]).toEqual([true, null]);
  expect(valid({ ...events[0], id: '' })).toBe(false);
});

for (const [uid, name] of Object.entries(OCSF_CLASSES))
  testWith(`ocsf-1.8.0-${name}.json`, `OCSF events of class ${uid} fit`, async () => {
    const valid = jsonSchema(fileOf(`ocsf-1.8.0-${name}.json`));
    const all = jsonLines(await writtenView(ocsfView, records));
    const events = all.filter(({ class_uid }) => class_uid === Number(uid));
    expect(events.length).toBeGreaterThan(0);
    for (const event of events)
      expect([event.message, valid(event), valid.errors]).toEqual([event.message, true, null]);
    expect(valid({ ...events[0], metadata: undefined })).toBe(false);
    expect(valid({ ...events[0], severity_id: 7 })).toBe(false);
  });
