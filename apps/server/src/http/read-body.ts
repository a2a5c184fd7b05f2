import { limits } from '@cordon/contracts';
import type { Request } from 'express';
import { checkJson } from './check-json.js';
import { ProblemError, say } from './problem-error.js';

/** What is still read of a body that is too large, so that the client has sent it before it looks for the answer. */
const drainBytes = 32 * limits.bodyBytes;
const readMs = 30_000;

const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Reads a JSON body: `application/json` in UTF-8, at most 1 MiB, checked as `checkJson` says. Rejects with a
 * ProblemError: 415, 413 or 400. Nothing above the limit is kept in memory.
 */
export async function readJsonBody(request: Request): Promise<unknown> {
  return checkJson(parse(await readTextBody(request, JSON_ONLY)));
}

const JSON_ONLY = ['application/json'] as const;

/** Reads a body of one of these media types as text: strict UTF-8, at most 1 MiB. Rejects as `readJsonBody` does. */
export async function readTextBody(request: Request, types: readonly string[]): Promise<string> {
  checkHeaders(request, types);
  const bytes = await readBytes(request);
  if (bytes.length === 0) throw malformed('The request has no body.', '請求沒有內容。');
  return decode(bytes);
}

function checkHeaders(request: Request, types: readonly string[]): void {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (!hasBody) throw malformed('The request has no body.', '請求沒有內容。');
  const type = request.headers['content-type'] ?? '';
  const [name = '', ...parameters] = type.split(';').map((part) => part.trim().toLowerCase());
  const utf8 = parameters.every((parameter) => /^charset\s*=\s*"?utf-8"?$/.test(parameter));
  if (!types.includes(name) || !utf8 || request.headers['content-encoding']) {
    const wanted = types.join(', ');
    throw new ProblemError(
      'unsupported_media_type',
      say(
        `Send the body as ${wanted} in UTF-8, not compressed.`,
        `請以 ${wanted}（UTF-8，未經壓縮）傳送內容。`,
      ),
      {},
      { Accept: wanted },
    );
  }
}

/** A body that is taken as it comes may not come packed: what it unpacks to has no limit. Throws 415. */
export function checkPlain({ headers }: Request): void {
  const packed = (headers['content-encoding'] ?? 'identity').toLowerCase() !== 'identity';
  if (!packed && !/^multipart\//i.test(headers['content-type'] ?? '')) return;
  throw new ProblemError(
    'content_encoded',
    say(
      'Send the file itself as the body: no Content-Encoding, no form around it.',
      '請以檔案本身作為內容傳送：不可使用 Content-Encoding，亦不可包裝為表單。',
    ),
    {},
    { 'Accept-Encoding': 'identity' },
  );
}

/** Collects the body; once it is over the limit, lets go of it and only counts. */
function readBytes(request: Request): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    const settle = (end: () => void): void => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
      end();
    };
    const tooLarge = (): void => settle(() => reject(tooLargeProblem()));
    const onData = (chunk: Buffer): void => {
      size += chunk.length;
      if (size <= limits.bodyBytes) chunks.push(chunk);
      else chunks = [];
      // Beyond this the answer goes out while the client still sends; Node discards the rest.
      if (size > drainBytes) tooLarge();
    };
    const onEnd = (): void =>
      size > limits.bodyBytes ? tooLarge() : settle(() => resolve(Buffer.concat(chunks, size)));
    const onBroken = (): void =>
      settle(() => reject(malformed('The body ended early.', '請求內容未完整送達。')));
    const timer = setTimeout(() => (size > limits.bodyBytes ? tooLarge() : onBroken()), readMs);
    request.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  });
}

function decode(bytes: Buffer): string {
  try {
    return strictUtf8.decode(bytes);
  } catch {
    throw malformed('The body is not valid UTF-8.', '請求內容並非有效的 UTF-8。');
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw malformed('The body is not valid JSON.', '請求內容並非有效的 JSON。');
  }
}

function tooLargeProblem(): ProblemError {
  return new ProblemError(
    'too_large',
    say(`A body may have at most ${limits.bodyBytes} bytes.`, `請求內容最多 ${limits.bodyBytes} 位元組。`),
  );
}

function malformed(en: string, zhHant: string): ProblemError {
  return new ProblemError('malformed', say(en, zhHant));
}
