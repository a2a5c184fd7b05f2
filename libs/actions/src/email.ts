import { createHash } from 'node:crypto';
import { createTransport, type Transporter } from 'nodemailer';
import type { Delivery, DeliveryVerdict } from '@cordon/runtime';
import type { Message } from './message.js';

export interface Mailer {
  send(delivery: Delivery, message: Message): Promise<DeliveryVerdict>;
  close(): void;
}

/**
 * Mail through the operator's server. The Message-ID is made from the delivery's key, so that a second sending of the
 * same effect is the same message to every mail system that looks. A 5xx answer is final, anything else is tried again.
 */
export function createMailer(smtpUrl: string, from: string, to: string): Mailer {
  const transport: Transporter = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: 2,
    connectionTimeout: 10_000,
    socketTimeout: 20_000,
  } as never);
  return {
    async send(delivery, message) {
      const id = createHash('sha256').update(delivery.key).digest('hex').slice(0, 32);
      const host = from.split('@').at(-1)?.replace(/[>\s]/g, '') ?? 'localhost';
      try {
        await transport.sendMail({
          from,
          to,
          subject: message.subject,
          text: message.text,
          messageId: `<${id}@${host}>`,
        });
        return { outcome: 'done', detail: 'the mail server took the message' };
      } catch (error) {
        const code = (error as { responseCode?: number }).responseCode;
        const final = code !== undefined && code >= 500;
        return {
          outcome: final ? 'failed' : 'retry',
          detail: code === undefined ? 'the mail server did not answer' : `the mail server answered ${code}`,
        };
      }
    },
    close: () => transport.close(),
  };
}
