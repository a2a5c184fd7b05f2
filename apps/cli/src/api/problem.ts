import { isJsonObject } from '@cordon/kernel';
import type { Blocked } from './shapes.js';

interface FieldError {
  readonly pointer: string;
  readonly message: string;
}

/** A refusal of the server, read from its problem details (RFC 9457). */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly blockedBy: readonly Blocked[] = [],
    readonly errors: readonly FieldError[] = [],
    /** The events that would be accepted instead; undefined where the server does not say. */
    readonly accepted?: readonly string[],
  ) {
    super(message);
  }

  /** What stands in the way, a line each, but for what the message says already. */
  get lines(): string[] {
    return [
      ...this.blockedBy.map(({ text }) => text),
      ...this.errors
        .filter(({ message }) => !this.message.toLowerCase().includes(message.toLowerCase()))
        .map(({ pointer, message }) => `${pointer}: ${message}`),
    ];
  }
}

/** Reads a refused answer; an answer that is no problem document (a proxy's page, say) is told by its status. */
export function problemOf(status: number, body: string): ApiError {
  const fields = parsed(body);
  const title = textOf(fields['title']);
  const detail = textOf(fields['detail']);
  const blockedBy = listOf(fields['blockedBy']).map((item) => ({
    code: textOf(item['code']),
    text: textOf(item['text']) || textOf(item['code']),
    ...(typeof item['fact'] === 'string' ? { fact: item['fact'] } : {}),
  }));
  const accepted = fields['accepted'];
  // The reasons follow in lines of their own: said twice they are harder to read.
  const repeats = blockedBy.length > 0 && detail === blockedBy.map(({ text }) => text).join(' ');
  const message = [title, repeats ? '' : detail].filter((text) => text !== '').join(': ');
  return new ApiError(
    status,
    textOf(fields['code']) || `http_${status}`,
    message || `The server answered ${status} without saying why.`,
    blockedBy,
    listOf(fields['errors']).map((item) => ({
      pointer: textOf(item['pointer']),
      message: textOf(item['message']),
    })),
    Array.isArray(accepted) ? (accepted as unknown[]).map(textOf) : undefined,
  );
}

function parsed(body: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body);
    return isJsonObject(value) ? value : {};
  } catch {
    return {};
  }
}

function listOf(value: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter((item) => isJsonObject(item)) : [];
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
