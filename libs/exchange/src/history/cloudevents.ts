/**
 * `views/cloudevents.jsonl`: one CloudEvents 1.0.2 event in the JSON format on each line. `sequence` is that of the
 * sequence extension: place in the log, padded so that its text sorts as its number does.
 */
import { canonicalJson, type JsonObject } from '@cordon/kernel';
import { entryId, said } from './reading.js';
import type { HistoryAbout, HistoryRecord, HistoryView, Records } from './record.js';

/** Digits of the greatest whole number that JSON carries exactly. */
const SEQUENCE_DIGITS = 16;

/** The events of the history. Constant memory, one pass. */
export const cloudEventsView: HistoryView = {
  path: 'views/cloudevents.jsonl',
  mediaType: 'application/x-ndjson',
  async *write(records: Records, about: HistoryAbout): AsyncGenerator<string> {
    const source = encodeURI(about.origin);
    for await (const record of records()) yield `${canonicalJson(cloudEvent(record, source))}\n`;
  },
};

function cloudEvent(record: HistoryRecord, source: string): JsonObject {
  const { leaf, index, hash } = record;
  return {
    specversion: '1.0',
    id: entryId(leaf),
    source,
    type: `cordon.${leaf.kind === 'rejection' ? 'refused.' : ''}${leaf.event.type}`,
    subject: leaf.incident,
    time: leaf.occurredAt,
    sequence: String(index).padStart(SEQUENCE_DIGITS, '0'),
    datacontenttype: 'application/json',
    data: dataOf(record, index, hash),
  };
}

function dataOf(record: HistoryRecord, index: number, hash: string): JsonObject {
  const { sd: _commitments, v: _version, log: _log, rejection, ...leaf } = record.leaf;
  const { withheld, rejection: details, ...values } = said(record);
  return {
    ...(leaf as unknown as JsonObject),
    ...values,
    ...(rejection === undefined ? {} : { rejection: details ?? { code: rejection } }),
    ...(withheld.length > 0 ? { withheld } : {}),
    leafHash: hash,
    leafIndex: index,
  };
}
