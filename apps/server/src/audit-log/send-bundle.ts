import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { PreparedBundle } from '@cordon/runtime';
import type { Request, Response } from 'express';

export interface BundleAnswer {
  readonly bundle: PreparedBundle;
  readonly name: string;
  /** Where the same bytes can be had again. */
  readonly location: string;
  /** It was asked for by that address, so that a part of it can be asked for. */
  readonly again: boolean;
}

/**
 * Streams a bundle. A failure on the way breaks the connection: what came is no zip file. Of a bundle that is asked for
 * again, `Range: bytes=N-` with an `If-Range` of the same entity tag gives the rest; in any other case all of it is sent.
 * Rejects, before anything was sent, when the first bytes cannot be made.
 */
export async function sendBundle(answer: BundleAnswer, request: Request, response: Response): Promise<void> {
  const { bundle, name, location } = answer;
  const start = startOf(answer, request);
  const total = start === undefined ? undefined : await lengthOf(bundle);
  response.setHeader('Content-Type', 'application/zip');
  response.setHeader('Content-Disposition', `attachment; filename="${name}.zip"`);
  response.setHeader('Cache-Control', 'private, no-store');
  response.setHeader('Content-Location', location);
  response.setHeader('ETag', entityTag(bundle));
  response.setHeader('Accept-Ranges', 'bytes');
  if (start === undefined || total === undefined) {
    await pipeline(Readable.from(await primed(bundle.bytes())), response);
  } else if (start < total) {
    response.status(206);
    response.setHeader('Content-Range', `bytes ${start}-${total - 1}/${total}`);
    response.setHeader('Content-Length', String(total - start));
    await pipeline(Readable.from(await primed(skipping(bundle.bytes(), start))), response);
  } else {
    response.status(416).setHeader('Content-Range', `bytes */${total}`);
    response.removeHeader('Content-Type');
    response.removeHeader('Content-Disposition');
    response.end();
  }
}

function entityTag({ tag }: PreparedBundle): string {
  return `"${tag}"`;
}

/** The first byte that is asked for; undefined where all of it is to be sent. */
function startOf({ bundle, again }: BundleAnswer, { headers }: Request): number | undefined {
  const from = /^bytes=(\d{1,15})-$/.exec(headers.range ?? '')?.[1];
  if (!again || from === undefined || headers['if-range'] !== entityTag(bundle)) return undefined;
  return Number(from);
}

/** Makes it once to know its length. */
async function lengthOf(bundle: PreparedBundle): Promise<number> {
  let total = 0;
  for await (const chunk of bundle.bytes()) total += chunk.length;
  return total;
}

async function* skipping(chunks: AsyncIterable<Buffer>, bytes: number): AsyncGenerator<Buffer> {
  let left = bytes;
  for await (const chunk of chunks) {
    const rest = chunk.subarray(Math.min(left, chunk.length));
    left -= chunk.length - rest.length;
    if (rest.length > 0) yield rest;
  }
}

/** The same chunks, the first of which has been made. */
export async function primed<T>(chunks: AsyncGenerator<T>): Promise<AsyncGenerator<T>> {
  const first = await chunks.next();
  return (async function* () {
    try {
      if (first.done !== true) yield first.value;
      yield* chunks;
    } finally {
      await chunks.return(undefined);
    }
  })();
}
