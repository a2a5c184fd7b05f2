import { createHash } from 'node:crypto';
import { createTransport, type Transporter } from 'nodemailer';
import type { DeliveryVerdict } from '@cordon/runtime';
import type { Message } from './message.js';

export interface Mail {
  /** Unique for what is sent and to whom; the same when it is sent again. */
  readonly key: string;
  /** One address. */
  readonly to: string;
  readonly message: Message;
}

export interface Mailer {
  send(mail: Mail): Promise<DeliveryVerdict>;
  close(): void;
}

/**
 * Mail through the operator's server. The Message-ID is made from the key, so that a second sending of the
 * same mail is the same message to every mail system that looks. A 5xx answer is final, anything else is tried again.
 */
export function createMailer(smtpUrl: string, from: string): Mailer {
  const transport: Transporter = createTransport({
    url: smtpUrl,
    pool: true,
    maxConnections: 2,
    connectionTimeout: 10_000,
    socketTimeout: 20_000,
  } as never);
  return {
    async send({ key, to, message }) {
      const id = createHash('sha256').update(key).digest('hex').slice(0, 32);
      const host = from.split('@').at(-1)?.replace(/[>\s]/g, '') ?? 'localhost';
      try {
        await transport.sendMail({
          from,
          // As an object it is one address, whatever is written in it.
          to: { name: '', address: to },
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
