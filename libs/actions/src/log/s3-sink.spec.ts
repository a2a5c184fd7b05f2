import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { AwsV4Signer } from 'aws4fetch';
import { s3Sink } from './s3-sink.js';

const KEYS = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'not-a-secret' };
const START = Date.parse('2026-03-24T09:00:00Z');

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0)) await close();
});

interface Put {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** S3 as far as one PUT with a lock goes: 403 for another signature, 400 for a body that is not proved. */
async function bucket(statuses: number[] = []) {
  const puts: Put[] = [];
  const seen: number[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const put = {
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      void verdictOn(url(), request.method ?? '', put).then((verdict) => {
        const status = statuses.shift() ?? verdict;
        seen.push(status);
        if (status === 200) puts.push(put);
        response
          .writeHead(status, { location: '/elsewhere' })
          .end(
            status === 200
              ? ''
              : '<Error><Code>AccessDenied</Code><Message>for AKIDEXAMPLE</Message></Error>',
          );
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = (): string => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return {
    puts,
    seen,
    spec: `s3://vault/history?region=eu-central-1&retain-days=90&endpoint=${encodeURIComponent(url())}`,
  };
}

async function verdictOn(url: string, method: string, { path, headers, body }: Put): Promise<number> {
  const sha256 = createHash('sha256').update(body).digest('base64');
  const md5 = createHash('md5').update(body).digest('base64');
  if (headers['x-amz-checksum-sha256'] !== sha256 || headers['content-md5'] !== md5) return 400;
  const given = String(headers['authorization']);
  const signed = /SignedHeaders=([^,]+),/.exec(given)?.[1]?.split(';') ?? [];
  for (const name of [
    'x-amz-object-lock-mode',
    'x-amz-object-lock-retain-until-date',
    'x-amz-checksum-sha256',
    'host',
  ])
    if (!signed.includes(name)) return 403;
  const signer = new AwsV4Signer({
    method,
    url: `${url}${path}`,
    headers: Object.fromEntries(
      signed.filter((name) => name !== 'host').map((name) => [name, String(headers[name])]),
    ),
    body,
    accessKeyId: KEYS.AWS_ACCESS_KEY_ID,
    secretAccessKey: KEYS.AWS_SECRET_ACCESS_KEY,
    service: 's3',
    region: 'eu-central-1',
    datetime: String(headers['x-amz-date']),
  });
  return (await signer.authHeader()) === given ? 200 : 403;
}

function pushed(seconds: number, notable = false) {
  const size = 1000 + seconds;
  const note = `cordon-log/x y(1)\n${size}\nq1V=\n\n— cordon-log/x sig\n`;
  return { note, origin: 'cordon-log/x y(1)', size, at: START + seconds * 1000, notable };
}

test('a checkpoint becomes an object that is locked until its date, signed and with its checksum', async () => {
  const { spec, puts } = await bucket();
  await s3Sink(spec, KEYS).push(pushed(0));
  expect(puts).toEqual([
    expect.objectContaining({
      path: '/vault/history/cordon-log/x%20y%281%29/000000000001000.txt',
      body: pushed(0).note,
    }),
  ]);
  expect(puts[0]?.headers).toMatchObject({
    'x-amz-object-lock-mode': 'COMPLIANCE',
    'x-amz-object-lock-retain-until-date': '2026-06-22T09:00:00.000Z',
    'x-amz-sdk-checksum-algorithm': 'SHA256',
  });
});

test('another secret is refused by the service, and the error names no secret', async () => {
  const { spec } = await bucket();
  const sink = s3Sink(spec, { ...KEYS, AWS_SECRET_ACCESS_KEY: 'another' });
  const error = await sink.push(pushed(0)).catch((caught: unknown) => caught);
  expect(error).toMatchObject({ name: 'OperationalError', retryable: false });
  expect(String(error)).toMatch(/bucket vault answered 403 AccessDenied/);
  expect(String(error)).not.toMatch(/another|AKID/);
});

test('objects are a minute apart, notable ones at once, and none is written twice', async () => {
  const { spec, puts } = await bucket();
  const sink = s3Sink(spec, KEYS);
  for (const [seconds, notable] of [
    [0, false],
    [10, false],
    [20, true],
    [30, false],
    [80, false],
    [80, true],
  ] as const)
    await sink.push(pushed(seconds, notable));
  expect(puts.map(({ path }) => Number(/(\d+)\.txt$/.exec(path)?.[1]))).toEqual([1000, 1020, 1080]);
});

test('a service that fails is asked again, and what is owed goes there with the next push', async () => {
  const { spec, puts, seen } = await bucket([200, 500, 503, 301]);
  const sink = s3Sink(spec, KEYS);
  await sink.push(pushed(0));
  await expect(sink.push(pushed(20, true))).rejects.toThrow(/answered 301/);
  expect(seen).toEqual([200, 500, 503, 301]);
  await sink.push(pushed(21));
  await sink.push(pushed(22));
  expect(puts.map(({ path }) => Number(/(\d+)\.txt$/.exec(path)?.[1]))).toEqual([1000, 1021]);
});

test('what is wrong with the place or the credentials is named', () => {
  const wrong: readonly (readonly [string, RegExp])[] = [
    ['vault', /no URL/],
    ['https://vault', /names no bucket/],
    ['s3://user@vault?region=x', /names no bucket/],
    ['s3://vault', /no region/],
    ['s3://vault?region=eu-central-1&retain-days=0', /retain-days/],
    ['s3://vault?region=eu-central-1&retain-days=40000', /retain-days/],
    ['s3://vault?region=eu-central-1&retain=3', /parameter "retain"/],
    ['s3://vault?region=eu-central-1&endpoint=ftp://x', /endpoint of s3:\/\/vault begins with ftp/],
  ];
  for (const [spec, reason] of wrong) expect(() => s3Sink(spec, KEYS)).toThrow(reason);
  expect(() => s3Sink('s3://vault?region=eu-central-1', {})).toThrow(/AWS_ACCESS_KEY_ID/);
  expect(s3Sink('s3://vault?region=eu-central-1', KEYS).name).toBe('s3://vault');
});
