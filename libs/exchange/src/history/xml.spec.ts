import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { xmlValue } from './xml.js';

const NAMED: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"' };

function read(value: string): string {
  return value.replace(/&(?:#(\d+)|(\w+));/g, (_all, point: string | undefined, name: string | undefined) =>
    point === undefined ? (NAMED[name ?? ''] ?? '?') : String.fromCodePoint(Number(point)),
  );
}

test('a text comes back from an attribute as it was, but for what XML cannot hold', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const value = xmlValue(text);
      expect(value).not.toMatch(/[<>"\t\n\r]/);
      // eslint-disable-next-line no-control-regex -- they are what XML cannot hold
      expect(read(value)).toBe(text.replace(/[\0-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]/g, '\ufffd'));
    }),
    { numRuns: 500 },
  );
});

test('half a character becomes a whole one', () => {
  expect(xmlValue('a\ud83db\udd12c🔒')).toBe('a\ufffdb\ufffdc🔒');
});
