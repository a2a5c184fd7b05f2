import { beforeAll, expect, test } from '@jest/globals';
import { packBundle, testBundle, testLog, type TestBundle } from '../../../../test/support/bundle.js';
import { checkBundle, type Progress } from './check-bundle.js';

let bundle: TestBundle;
let zip: Buffer;
beforeAll(async () => {
  bundle = await testBundle(await testLog({ incidents: 1 }), { witnesses: 2 });
  zip = await packBundle(bundle);
});

const blobOf = (bytes: Uint8Array): Blob => new Blob([Uint8Array.from(bytes)]);

test('all five levels hold, entries are read and then played again, and the span is that of the entries', async () => {
  const told: Progress[] = [];
  const answer = await checkBundle({ bundle: blobOf(zip), policy: bundle.policy }, (progress) =>
    told.push(progress),
  );
  if (answer.kind !== 'report') throw new Error(answer.message);
  expect(answer.report.fault).toBeUndefined();
  expect(answer.report.levels.map(({ outcome }) => outcome)).toEqual(Array(5).fill('holds'));
  expect(told.at(-1)).toMatchObject({ phase: 'replaying' });
  const times = bundle.log.entries.map(({ at }) => new Date(at).toISOString());
  expect(answer.span).toEqual({ first: times[0], last: times.at(-1) });
});

test('a policy that cannot be read is no verdict on the bundle', async () => {
  const answer = await checkBundle({ bundle: blobOf(zip), policy: 'log nonsense\n' }, () => undefined);
  expect(answer).toEqual({ kind: 'policy refused', message: expect.stringContaining('line 1') });
});

test('a file that is cut off, and one that is empty, are refused', async () => {
  for (const cut of [zip.subarray(0, zip.length - 1), Buffer.alloc(0)]) {
    const answer = await checkBundle({ bundle: blobOf(cut) }, () => undefined);
    expect(answer).toMatchObject({ kind: 'report', report: { ok: false, fault: { code: 'E_ZIP' } } });
    expect(answer).not.toHaveProperty('span');
  }
});
