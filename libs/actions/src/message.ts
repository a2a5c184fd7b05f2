import { isJsonObject, type Json } from '@cordon/kernel';
import type { Delivery } from '@cordon/runtime';

/** What the alert channel is told: plain text, no personal data, no links but the incident's own. */
export interface Message {
  readonly subject: string;
  readonly text: string;
}

const WHAT = {
  action: 'asks for your attention',
  reminder: 'is due soon',
  overdue: 'is overdue',
  escalation: 'is overdue and nobody has finished it',
} as const;

/** A task that was given to somebody who does not answer is told of in other words. */
const UNACCEPTED = 'was assigned, and nobody has accepted it';

/** A reminder of an approval that was given, and is void since what it covers has changed. */
const LAPSED = [
  'was approved; what it covers has changed since, so it has to be approved again',
  '先前的批准已因所涵蓋內容更改而失效，須重新批准',
] as const;

/** An approval that has just opened. */
const ASKED = ['is open, and waits for approval', '已可批准，現正等候批准'] as const;

/** Words for one delivery, every language of its texts one under the other. */
export function messageOf(delivery: Delivery, publicUrl: string | undefined): Message {
  const { incident, incidentTitle, step, kind, payload } = delivery;
  if (delivery.concealed) return concealedMessage(delivery, publicUrl);
  const input = isJsonObject(payload.input) ? payload.input : {};
  const lapsed = isJsonObject(payload.lapsed);
  const usual = payload.unaccepted === true ? UNACCEPTED : WHAT[kind];
  const approval = lapsed ? LAPSED : payload.asks === true ? ASKED : undefined;
  const what = approval?.[0] ?? usual;
  const lines = [
    ...texts(input.text),
    ...texts(payload.title).map((title) => `${title} (${step}) ${what}.`),
    ...(approval ? [`${approval[1]}。`] : []),
    ...(Array.isArray(payload.roles) && payload.roles.length > 0 ? [`For: ${payload.roles.join(', ')}`] : []),
    ...(typeof payload.dueAt === 'number' ? [`Due: ${new Date(payload.dueAt).toISOString()}`] : []),
    `${incident}: ${incidentTitle}`,
    ...(publicUrl === undefined ? [] : [publicUrl]),
  ];
  return {
    subject: `[${incident}] ${texts(payload.title)[0] ?? step} ${what}`,
    text: lines.join('\n'),
  };
}

/** Of an incident that is for named people, the channel learns that there is something to look at. */
function concealedMessage({ incident, kind }: Delivery, publicUrl: string | undefined): Message {
  const lines = [
    `A step ${WHAT[kind]}. The incident is for those who need to know (TLP:RED): sign in to see it.`,
    '事故只限有需要知悉的人員（TLP:RED）：請登入查看。',
    ...(publicUrl === undefined ? [] : [publicUrl]),
  ];
  return { subject: `[${incident}] A step ${WHAT[kind]}`, text: lines.join('\n') };
}

function texts(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return isJsonObject(value)
    ? Object.values(value).filter((text): text is string => typeof text === 'string')
    : [];
}
