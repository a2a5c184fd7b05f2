/** Our CloudEvents before the SDK of the CloudEvents project: each line is an event to it, and says the same. */
import { beforeAll, expect, test } from '@jest/globals';
import { cloudEventsView, type HistoryRecord } from '@cordon/exchange';
import { CloudEvent, HTTP, ValidationError, type CloudEventV1, type Message } from 'cloudevents';
import { jsonLines, toldLog, writtenView } from '../support/told-log.js';

let records: readonly HistoryRecord[];
let lines: readonly string[];

beforeAll(async () => {
  records = await toldLog();
  lines = (await writtenView(cloudEventsView, records)).trimEnd().split('\n');
}, 120_000);

/** As it comes in over HTTP, in structured mode. */
function received(body: string, mode = 'application/cloudevents'): CloudEvent | CloudEvent[] {
  const message: Message = { headers: { 'content-type': `${mode}+json` }, body };
  return HTTP.toEvent(message) as CloudEvent | CloudEvent[];
}

test('every line is a valid event, alone and in a batch, and nothing of it is lost', () => {
  const events = jsonLines(lines.join('\n'));
  expect(events).toHaveLength(records.length);
  const alone = lines.map((line) => received(line) as CloudEvent);
  expect(alone.every((event) => event.validate())).toBe(true);
  const batch = received(`[${lines.join(',')}]`, 'application/cloudevents-batch') as CloudEvent[];
  for (const read of [alone, batch])
    expect(read.map((event) => JSON.parse(JSON.stringify(event)) as unknown)).toEqual(events);
  expect(alone.map(({ id, time, subject }) => ({ id, time, subject }))).toEqual(
    records.map(({ leaf }) => ({
      ...{ id: `${leaf.incident}/${leaf.seq}`, time: leaf.occurredAt, subject: leaf.incident },
    })),
  );
});

test('an event without its source, with another type of value, or with a name that none may have is refused', () => {
  const event = JSON.parse(lines[0] ?? '') as CloudEventV1<unknown>;
  for (const damage of [{ source: undefined }, { subject: 7 }, { type: '' }, { leafHash: 'x' }])
    expect(() => new CloudEvent({ ...event, ...damage } as CloudEventV1<unknown>)).toThrow(ValidationError);
  expect(() => received((lines[0] ?? '').slice(0, -1))).toThrow();
});
