import { createHash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { OperationalError } from '@cordon/kernel';
import type { CheckpointSink } from '@cordon/runtime';
import { httpUrl, nameOf } from './http-url.js';

/** The variables that hold the credentials, as AWS's own programs name them. */
export interface S3Credentials {
  readonly AWS_ACCESS_KEY_ID?: string | undefined;
  readonly AWS_SECRET_ACCESS_KEY?: string | undefined;
  readonly AWS_SESSION_TOKEN?: string | undefined;
}

type Checkpoint = Parameters<CheckpointSink['push']>[0];

interface Place {
  readonly bucket: string;
  readonly prefix: string;
  readonly region: string;
  /** Of the bucket, without a slash at its end. */
  readonly base: string;
  readonly retainDays: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const TIMEOUT_MS = 20_000;
const RETRIES = 3;
const RETAIN_DAYS = 3650;
const MOST_DAYS = 36_500;
/** So many digits that keys sort as sizes do: no tree is larger. */
const SIZE_DIGITS = 15;
const PARAMETERS = ['region', 'endpoint', 'retain-days'];

/**
 * Writes checkpoints as objects `<prefix>/<origin>/<size>.txt` that nobody may delete or overwrite before their date
 * (S3 Object Lock, mode COMPLIANCE), the account's owner included. The bucket has to have Object Lock switched on.
 *
 * `spec` is `s3://bucket/prefix?region=eu-central-1&retain-days=3650`, with `endpoint=https://…` for another service that
 * speaks S3. At most one object a minute, or when the checkpoint is notable; after one that
 * failed, whatever comes next is written, the same or a later one, which says as much and more. Throws a TypeError that
 * names what is wrong with the spec.
 */
export function s3Sink(spec: string, env: S3Credentials): CheckpointSink {
  const place = placeOf(spec);
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = env;
  if (!accessKeyId || !secretAccessKey)
    throw new TypeError(
      'checkpoints cannot be written to S3 without credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY',
    );
  const client = new AwsClient({
    accessKeyId,
    secretAccessKey,
    ...(env.AWS_SESSION_TOKEN && { sessionToken: env.AWS_SESSION_TOKEN }),
    service: 's3',
    region: place.region,
    retries: RETRIES,
  });
  let writtenAt = -Infinity;
  let written = '';
  let owed = false;
  return {
    name: `s3://${place.bucket}`,
    async push(checkpoint) {
      const key = keyOf(place, checkpoint);
      const due = checkpoint.notable || owed || checkpoint.at - writtenAt >= MINUTE_MS;
      if (!due || key === written) return;
      owed = true;
      await put(client, place, key, checkpoint);
      owed = false;
      writtenAt = checkpoint.at;
      written = key;
    },
  };
}

async function put(client: AwsClient, place: Place, key: string, { note, at }: Checkpoint): Promise<void> {
  let status: number;
  let code: string | undefined;
  try {
    const response = await client.fetch(`${place.base}/${key.split('/').map(encodeSegment).join('/')}`, {
      method: 'PUT',
      redirect: 'manual',
      headers: {
        'content-type': 'text/plain; charset=utf-8',
        // A request with a lock must prove its body: newer services read the first pair, older ones the last.
        'x-amz-sdk-checksum-algorithm': 'SHA256',
        'x-amz-checksum-sha256': createHash('sha256').update(note).digest('base64'),
        'content-md5': createHash('md5').update(note).digest('base64'),
        'x-amz-object-lock-mode': 'COMPLIANCE',
        'x-amz-object-lock-retain-until-date': new Date(at + place.retainDays * DAY_MS).toISOString(),
      },
      body: note,
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    status = response.status;
    code = response.ok ? undefined : /<Code>([A-Za-z0-9.]{1,80})<\/Code>/.exec(await response.text())?.[1];
  } catch (error) {
    throw new OperationalError(`the bucket ${place.bucket} did not answer (${nameOf(error)})`, true);
  }
  if (status >= 200 && status < 300) return;
  const why = code === undefined ? `${status}` : `${status} ${code}`;
  throw new OperationalError(
    `the bucket ${place.bucket} answered ${why}: it must exist in the region ${place.region}, have Object Lock, and let these credentials put objects with a retention date`,
    status >= 500 || status === 429 || status === 408,
  );
}

function placeOf(spec: string): Place {
  const shape = 'write it as s3://bucket/prefix?region=eu-central-1&retain-days=3650';
  if (!URL.canParse(spec)) throw new TypeError(`the place for checkpoints is no URL: ${shape}`);
  const { protocol, hostname: bucket, pathname, searchParams: given, username } = new URL(spec);
  if (protocol !== 's3:' || bucket === '' || username !== '')
    throw new TypeError(`the place for checkpoints names no bucket: ${shape}`);
  const odd = [...given.keys()].find((name) => !PARAMETERS.includes(name));
  if (odd !== undefined)
    throw new TypeError(`s3://${bucket} has the parameter "${odd}"; there are ${PARAMETERS.join(', ')}`);
  const region = given.get('region') ?? '';
  if (!/^[a-z0-9-]{1,40}$/.test(region)) throw new TypeError(`s3://${bucket} has no region: ${shape}`);
  const days = given.get('retain-days') ?? String(RETAIN_DAYS);
  if (!/^[1-9]\d{0,4}$/.test(days) || Number(days) > MOST_DAYS)
    throw new TypeError(`retain-days of s3://${bucket} must be a whole number from 1 to ${MOST_DAYS}`);
  const endpoint = given.get('endpoint');
  return {
    bucket,
    prefix: decodeURIComponent(pathname).replace(/^\/+|\/+$/g, ''),
    region,
    base:
      endpoint === null
        ? `https://${bucket}.s3.${region}.amazonaws.com`
        : `${httpUrl(endpoint, `the endpoint of s3://${bucket}`).href.replace(/\/+$/, '')}/${bucket}`,
    retainDays: Number(days),
  };
}

function keyOf({ prefix }: Place, { origin, size }: Checkpoint): string {
  const name = `${origin}/${String(size).padStart(SIZE_DIGITS, '0')}.txt`;
  return prefix === '' ? name : `${prefix}/${name}`;
}

/** As the signature has it (RFC 3986 unreserved characters stay). */
function encodeSegment(segment: string): string {
  return encodeURIComponent(segment).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
