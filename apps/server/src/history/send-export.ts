import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ExportQuery } from '@cordon/contracts';
import type { Response } from 'express';
import { csvRows, csvWriter } from './csv.js';

/** Formats that are read from the incident alone, whether its entries are in the log's tree yet or not. */
export type PlainFormat = Extract<ExportQuery['format'], 'jsonl' | 'csv' | 'cacao'>;

/** A file of as many lines as the history has entries; `cacao` is made from the whole. */
export type LineFormat = Exclude<PlainFormat, 'cacao'>;

const mediaTypes: Readonly<Record<LineFormat, string>> = {
  jsonl: 'application/x-ndjson; charset=utf-8',
  csv: 'text/csv; charset=utf-8; header=present',
};

/**
 * Streams a history with back-pressure: a few entries are in memory at a time. Rejects when the first entry cannot
 * be read (nothing has been sent then). A failure after that breaks the connection, so that a file cut short is not
 * taken for a whole one.
 */
export async function sendExport(
  lines: AsyncIterable<string>,
  format: LineFormat,
  name: string,
  response: Response,
): Promise<void> {
  const primed = await prime(lines);
  response.setHeader('Content-Type', mediaTypes[format]);
  response.setHeader('Content-Disposition', `attachment; filename="${name}-history.${format}"`);
  if (format === 'jsonl') await pipeline(Readable.from(terminated(primed)), response);
  else await pipeline(Readable.from(csvRows(primed)), csvWriter(), response);
}

/** The same lines, the first of which has been read. */
async function prime(lines: AsyncIterable<string>): Promise<AsyncIterable<string>> {
  const iterator = lines[Symbol.asyncIterator]();
  let first: IteratorResult<string> | undefined = await iterator.next();
  return {
    [Symbol.asyncIterator]: () => ({
      next: async () => {
        const waiting = first;
        first = undefined;
        return waiting ?? iterator.next();
      },
      return: async () => (await iterator.return?.()) ?? { done: true, value: undefined },
    }),
  };
}

/** One line feed after each, whether the line brought one or not. */
async function* terminated(lines: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const line of lines) yield line.endsWith('\n') ? line : `${line}\n`;
}
