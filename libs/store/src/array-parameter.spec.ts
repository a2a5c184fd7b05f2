import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { toIso } from '@cordon/kernel';
import pg from 'pg';
import { emptyDatabase, type TestDatabase } from '../../../test/support/database.js';
import { chance, seedOfRun } from '../../../test/support/random.js';
import { booleans, byteas, instants, int4s, int8s, texts } from './array-parameter.js';

let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await emptyDatabase();
  client = new pg.Client(database.url);
  await client.connect();
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

/** What the server read: each element as its own text, in order. */
async function read(type: string, parameter: Buffer): Promise<(string | null)[]> {
  const { rows } = await client.query<{ text: string | null }>(
    `SELECT one::text AS text FROM unnest($1::${type}[]) WITH ORDINALITY AS all_of (one, n) ORDER BY n`,
    [parameter],
  );
  return rows.map(({ text }) => text);
}

const utc = async (parameter: Buffer): Promise<(string | null)[]> => {
  await client.query("SET TIME ZONE 'UTC'");
  const { rows } = await client.query<{ text: string | null }>(
    `SELECT CASE WHEN isfinite(one) THEN to_char(one, 'YYYY-MM-DD"T"HH24:MI:SS.US') ELSE one::text END AS text
       FROM unnest($1::timestamptz[]) WITH ORDINALITY AS all_of (one, n) ORDER BY n`,
    [parameter],
  );
  return rows.map(({ text }) => text);
};

const isoUs = (at: number): string => toIso(at).replace('Z', '000');

describe('the server reads what was written', () => {
  test.each([
    ['int', int4s],
    ['bigint', int8s],
    ['boolean', booleans],
    ['text', texts],
    ['bytea', byteas],
    ['timestamptz', instants],
  ] as const)('an empty array of %s, and one of nothing but nulls', async (type, array) => {
    expect(await read(type, array([]))).toEqual([]);
    expect(await read(type, array([null, undefined]))).toEqual([null, null]);
  });

  test('numbers to both ends', async () => {
    expect(await read('int', int4s([0, 1, -1, null, 2 ** 31 - 1, -(2 ** 31)]))).toEqual([
      ...['0', '1', '-1', null, '2147483647', '-2147483648'],
    ]);
    const wide = [
      0,
      -1,
      2 ** 32,
      2 ** 32 - 1,
      -(2 ** 32) - 1,
      Number.MAX_SAFE_INTEGER,
      Number.MIN_SAFE_INTEGER,
    ];
    expect(await read('bigint', int8s(wide))).toEqual(wide.map(String));
  });

  test('booleans', async () => {
    expect(await read('boolean', booleans([true, null, false]))).toEqual(['true', null, 'false']);
  });

  test('texts with everything that a spelled-out array has to escape', async () => {
    const given = [
      '',
      'NULL',
      '{}',
      '"',
      '\\',
      ',',
      ' a ',
      '{"a":"b\\n"}',
      '事故應變',
      '🚨',
      'é\u0301',
      '\u2028',
    ];
    expect(await read('text', texts([...given, null]))).toEqual([...given, null]);
  });

  test('bytes, also of a part of a larger piece of memory', async () => {
    const all = Uint8Array.from({ length: 256 }, (_, i) => i);
    const part = new Uint8Array(all.buffer, 250, 6);
    expect(await read('bytea', byteas([all, new Uint8Array(), null, part]))).toEqual([
      ...[`\\x${Buffer.from(all).toString('hex')}`, '\\x', null, '\\xfafbfcfdfeff'],
    ]);
  });

  test('instants before and after 2000, beyond what microseconds in a number can hold, and none at all', async () => {
    const at = [
      ...['1970-01-01T00:00:00.000Z', '1999-12-31T23:59:59.999Z', '2000-01-01T00:00:00.000Z'],
      ...['2026-03-24T02:00:01.007Z', '2285-01-01T00:00:00.001Z', '2400-02-29T12:34:56.789Z'],
      ...['9999-12-31T23:59:59.999Z', '0001-01-01T00:00:00.000Z'],
    ].map((text) => Date.parse(text));
    expect(await utc(instants([...at, Infinity, null]))).toEqual([...at.map(isoUs), 'infinity', null]);
  });

  test('anything, at random', async () => {
    const seed = seedOfRun();
    const draw = chance(seed);
    const some = <T>(make: () => T): (T | null)[] =>
      Array.from({ length: draw.between(0, 40) }, () => (draw.happens(0.2) ? null : make()));
    for (let round = 0; round < 50; round += 1) {
      const numbers = some(() => draw.between(-(2 ** 50), 2 ** 50));
      expect({ seed, read: await read('bigint', int8s(numbers)) }).toEqual({
        seed,
        read: numbers.map((one) => one && String(one)),
      });
      const words = some(() =>
        String.fromCodePoint(...some(() => draw.between(1, 0xd7ff)).map((c) => c ?? 1)),
      );
      expect({ seed, read: await read('text', texts(words)) }).toEqual({ seed, read: words });
      const moments = some(() => draw.between(-62_000_000_000_000, 250_000_000_000_000));
      expect({ seed, read: await utc(instants(moments)) }).toEqual({
        seed,
        read: moments.map((one) => (one === null ? null : isoUs(one))),
      });
    }
  });
});

test('what no eight bytes hold is refused before it is sent', () => {
  expect(() => int8s([2 ** 53])).toThrow(/9007199254740992/);
  expect(() => int8s([0.5])).toThrow(/0\.5/);
  expect(() => int4s([2 ** 31])).toThrow(/out of range/);
});

test('an array of another type than the statement names is refused by the server', async () => {
  await expect(read('text', int4s([1]))).rejects.toMatchObject({ code: expect.any(String) });
});
