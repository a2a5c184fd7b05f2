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

/** Words for one delivery, every language of its texts one under the other. */
export function messageOf(delivery: Delivery, publicUrl: string | undefined): Message {
  const { incident, incidentTitle, step, kind, payload } = delivery;
  const input = isJsonObject(payload.input) ? payload.input : {};
  const lines = [
    ...texts(input.text),
    ...texts(payload.title).map((title) => `${title} (${step}) ${WHAT[kind]}.`),
    ...(Array.isArray(payload.roles) && payload.roles.length > 0 ? [`For: ${payload.roles.join(', ')}`] : []),
    ...(typeof payload.dueAt === 'number' ? [`Due: ${new Date(payload.dueAt).toISOString()}`] : []),
    `${incident}: ${incidentTitle}`,
    ...(publicUrl === undefined ? [] : [publicUrl]),
  ];
  return {
    subject: `[${incident}] ${texts(payload.title)[0] ?? step} ${WHAT[kind]}`,
    text: lines.join('\n'),
  };
}

function texts(value: Json | undefined): readonly string[] {
  if (typeof value === 'string') return [value];
  return isJsonObject(value)
    ? Object.values(value).filter((text): text is string => typeof text === 'string')
    : [];
}
