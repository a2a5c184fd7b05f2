import type { Deliverer, DeliveryVerdict } from '@cordon/runtime';
import { createMailer } from './email.js';
import { messageOf, type Message } from './message.js';
import { postWebhook } from './webhook.js';

export interface AlertChannelOptions {
  readonly webhookUrl?: string | undefined;
  readonly smtpUrl?: string | undefined;
  readonly mailTo?: string | undefined;
  readonly mailFrom?: string | undefined;
  /** Shown in messages as the place to look. */
  readonly publicUrl?: string | undefined;
  /** How long the webhook may take to answer. */
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
/** Sender where none is set. */
const NOBODY = 'cordon@localhost.localdomain';

export interface AlertChannel extends Deliverer {
  /** Whether there is anything that a delivery could go to. */
  readonly isSet: boolean;
  /** Sends to one person's own address; absent where there is no mail server. `key` is the same for the same mail. */
  readonly mail?: (key: string, address: string, message: Message) => Promise<DeliveryVerdict>;
  close(): void;
}

const NO_CHANNEL: DeliveryVerdict = {
  outcome: 'failed',
  detail:
    'no alert channel is set: give CORDON_ALERT_URL, or SMTP_URL with CORDON_ALERT_EMAIL; until then tell the people by hand',
};

/** The organisation's alert channel: webhook, mail, or both. Without one, every delivery fails with a sentence that says so. */
export function createAlertChannel(options: AlertChannelOptions): AlertChannel {
  const { webhookUrl, smtpUrl, mailTo, mailFrom, publicUrl, timeoutMs = TIMEOUT_MS } = options;
  const mailer = smtpUrl === undefined ? undefined : createMailer(smtpUrl, mailFrom ?? mailTo ?? NOBODY);
  return {
    isSet: webhookUrl !== undefined || (mailer !== undefined && mailTo !== undefined),
    ...(mailer && { mail: (key, to, message) => mailer.send({ key, to, message }) }),
    async deliver(delivery) {
      if (delivery.action !== 'notify') {
        return { outcome: 'failed', detail: `there is no action "${delivery.action}"; there is notify` };
      }
      const message = messageOf(delivery, publicUrl);
      const verdicts = await Promise.all([
        ...(webhookUrl === undefined ? [] : [postWebhook(webhookUrl, delivery, message, timeoutMs)]),
        ...(mailer && mailTo !== undefined ? [mailer.send({ key: delivery.key, to: mailTo, message })] : []),
      ]);
      return together(verdicts);
    },
    close: () => mailer?.close(),
  };
}

/** Done when every channel took it; else the worst verdict, with all details. */
function together(verdicts: readonly DeliveryVerdict[]): DeliveryVerdict {
  if (verdicts.length === 0) return NO_CHANNEL;
  const detail = verdicts.map((verdict) => verdict.detail).join('; ');
  if (verdicts.every((verdict) => verdict.outcome === 'done')) return { outcome: 'done', detail };
  return { outcome: verdicts.some((verdict) => verdict.outcome === 'retry') ? 'retry' : 'failed', detail };
}
