import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import type { JsonObject } from '@cordon/kernel';
import { INDICATOR_TYPES, TLP, type IndicatorType, type Tlp } from '@cordon/engine';
import type { IndicatorView } from '@cordon/runtime';
import { patternOf, stixBundle, TLP_MARKINGS } from './stix.js';

const by = { id: 'ann', type: 'person' } as const;
const at = '2026-03-24T02:00:00.000Z';
let next = 0;

function one(type: IndicatorType, value: string, more: Partial<IndicatorView> = {}): IndicatorView {
  next += 1;
  return { id: next, seq: next + 1, type, value, tlp: 'green', at, occurredAt: at, by, ...more };
}

const bundleOf = (upTo: Tlp, ...items: readonly IndicatorView[]): JsonObject =>
  stixBundle({ uid: '0198aaaa-0000-7000-8000-000000000000', log: 'test-log', items }, upTo);
const objectsOf = (bundle: JsonObject): readonly Record<string, never>[] => bundle.objects as never;
const indicatorsOf = (bundle: JsonObject): readonly Record<string, unknown>[] =>
  objectsOf(bundle).filter(({ type }) => type === 'indicator');

const EVERY: readonly (readonly [IndicatorType, string, string])[] = [
  ['ipv4', '198.51.100.7', "[ipv4-addr:value = '198.51.100.7']"],
  ['ipv4', '198.51.100.0/24', "[ipv4-addr:value ISSUBSET '198.51.100.0/24']"],
  ['ipv6', '2001:db8::7', "[ipv6-addr:value = '2001:db8::7']"],
  ['domain', 'evil.example', "[domain-name:value = 'evil.example']"],
  ['url', "http://evil.example/it's", "[url:value = 'http://evil.example/it\\'s']"],
  ['email', 'a@evil.example', "[email-addr:value = 'a@evil.example']"],
  ['file-md5', 'd41d8cd98f00b204e9800998ecf8427e', "[file:hashes.MD5 = 'd41d8cd98f00b204e9800998ecf8427e']"],
  ['file-sha1', 'a'.repeat(40), `[file:hashes.'SHA-1' = '${'a'.repeat(40)}']`],
  ['file-sha256', 'a'.repeat(64), `[file:hashes.'SHA-256' = '${'a'.repeat(64)}']`],
  ['mutex', 'Global\\Bad', "[mutex:name = 'Global\\\\Bad']"],
  ['registry-key', 'HKEY_USERS\\Bad', "[windows-registry-key:key = 'HKEY_USERS\\\\Bad']"],
  ['user-account', 'CORP\\svc', "[user-account:account_login = 'CORP\\\\svc']"],
  ['asn', 'AS64500', '[autonomous-system:number = 64500]'],
];

test('every type has a pattern', () => {
  expect([...new Set(EVERY.map(([type]) => type))].sort()).toEqual([...INDICATOR_TYPES].sort());
});

test.each(EVERY)('%s %s is the pattern %s', (type, value, pattern) => {
  expect(patternOf(type, value)).toBe(pattern);
});

test('no value breaks out of its quotes', () => {
  const literal = /^\[mutex:name = '(?:[^'\\]|\\['\\])*'\]$/;
  fc.assert(
    fc.property(fc.string(), (text) =>
      expect(patternOf('mutex', text.replaceAll('\n', ''))).toMatch(literal),
    ),
  );
});

/** STIX 2.1: 2.9 identifiers, 2.16 timestamps, 3.1 and 3.2 common properties, 4.5, 4.7, 7.2.1, 8. */
test('the bundle keeps the rules of STIX 2.1', () => {
  const items = EVERY.map(([type, value], index) =>
    one(type, value, { tlp: TLP[index % TLP.length] ?? 'red' }),
  );
  const bundle = bundleOf('red', ...items);
  expect(Object.keys(bundle).sort()).toEqual(['id', 'objects', 'type']);
  const uuid5 = '[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}';
  const timestamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
  expect(bundle.id).toMatch(new RegExp(`^bundle--${uuid5}$`));
  const objects = objectsOf(bundle) as readonly Record<string, unknown>[];
  expect(new Set(objects.map(({ id }) => id)).size).toBe(objects.length);
  for (const object of objects) {
    expect(object.spec_version).toBe('2.1');
    expect(object.created).toMatch(timestamp);
    if (object.type === 'marking-definition') continue;
    expect(object.id).toMatch(new RegExp(`^${String(object.type)}--${uuid5}$`));
    expect(object.modified).toMatch(timestamp);
    expect(Date.parse(String(object.modified))).toBeGreaterThanOrEqual(Date.parse(String(object.created)));
  }
  const ids = new Set(objects.map(({ id }) => id));
  for (const indicator of indicatorsOf(bundle)) {
    expect(indicator).toMatchObject({ pattern_type: 'stix', pattern: expect.stringMatching(/^\[.+\]$/) });
    expect(indicator.valid_from).toMatch(timestamp);
    for (const ref of [indicator.created_by_ref, ...(indicator.object_marking_refs as string[])])
      expect(ids).toContain(ref);
  }
  expect(objects.find(({ type }) => type === 'identity')).toMatchObject({
    name: 'Cordon',
    identity_class: 'system',
  });
});

test('the markings are those of OASIS for TLP 2.0', () => {
  const items = TLP.map((tlp, index) => one('mutex', `m${index}`, { tlp }));
  const markings = objectsOf(bundleOf('red', ...items)).filter(({ type }) => type === 'marking-definition');
  expect(markings.map(({ id, name }) => [id, name])).toEqual([
    ['marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487', 'TLP:CLEAR'],
    ['marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb', 'TLP:GREEN'],
    ['marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421', 'TLP:AMBER'],
    ['marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003', 'TLP:AMBER+STRICT'],
    ['marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1', 'TLP:RED'],
  ]);
  expect(markings[3]).toMatchObject({
    created: '2022-10-01T00:00:00.000Z',
    extensions: {
      'extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d': {
        extension_type: 'property-extension',
        tlp_2_0: 'amber+strict',
      },
    },
  });
});

test('nothing above the asked marking is in the bundle, in any word of it', () => {
  const secret = fc.constantFrom(...TLP);
  fc.assert(
    fc.property(fc.array(fc.tuple(secret, fc.nat(3)), { maxLength: 12 }), secret, (marked, upTo) => {
      const items = marked.map(([tlp, value], index) =>
        one('mutex', `name-${value}`, { tlp, description: `about ${index} at level ${TLP.indexOf(tlp)}` }),
      );
      const text = JSON.stringify(bundleOf(upTo, ...items));
      for (const item of items) {
        const strictest = Math.max(
          ...items.filter(({ value }) => value === item.value).map(({ tlp }) => TLP.indexOf(tlp)),
        );
        const shown = strictest <= TLP.indexOf(upTo);
        expect(text.includes(`'${item.value}'`)).toBe(shown);
        if (!shown) expect(text).not.toContain(item.description);
      }
      for (const tlp of TLP.slice(TLP.indexOf(upTo) + 1)) expect(text).not.toContain(TLP_MARKINGS[tlp]);
    }),
  );
});

test('the same indicators are the same bundle, and a value said twice is one object', () => {
  const items = [one('domain', 'evil.example'), one('domain', 'evil.example', { tlp: 'amber' })];
  expect(bundleOf('red', ...items)).toEqual(bundleOf('red', ...items));
  expect(indicatorsOf(bundleOf('red', ...items))).toMatchObject([
    { object_marking_refs: [TLP_MARKINGS.amber] },
  ]);
  expect(indicatorsOf(bundleOf('green', ...items))).toEqual([]);
});

test('a withdrawn indicator is revoked, unless somebody else still holds to it', () => {
  const withdrawn = { at: '2026-03-25T02:00:00.000Z', by, reason: 'a mistake' };
  const gone = one('domain', 'good.example', { withdrawn });
  const [revoked] = indicatorsOf(bundleOf('red', gone));
  expect(revoked).toMatchObject({ revoked: true, modified: withdrawn.at, created: at });
  const [held] = indicatorsOf(bundleOf('red', gone, one('domain', 'good.example')));
  expect(held?.revoked).toBeUndefined();
  expect(held?.id).toBe(revoked?.id);
});
