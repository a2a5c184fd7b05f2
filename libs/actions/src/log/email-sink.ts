import { OperationalError } from '@cordon/kernel';
import type { CheckpointSink } from '@cordon/runtime';
import { createMailer } from '../email.js';
import type { Message } from '../message.js';

export interface EmailSinkOptions {
  readonly smtpUrl: string;
  /** One address: somebody outside the team that runs this, who keeps what comes. */
  readonly to: string;
  readonly from: string;
}

export interface EmailSink extends CheckpointSink {
  close(): void;
}

type Checkpoint = Parameters<CheckpointSink['push']>[0];

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

/**
 * Mails checkpoints to somebody who keeps them: one at the first of a UTC day, and notable ones, never two within an hour.
 * A notable one that came too soon is owed, and so is one that the mail server did not take: the next that is pushed, the
 * same or a later one, which says as much and more, goes out in its place.
 */
export function emailSink({ smtpUrl, to, from }: EmailSinkOptions): EmailSink {
  const mailer = createMailer(smtpUrl, from);
  let sentAt = -Infinity;
  let day: number | undefined;
  let owed = false;
  return {
    name: `mail to ${to}`,
    async push(checkpoint) {
      const today = Math.floor(checkpoint.at / DAY_MS);
      // After a start it is not known what went out before: the first of the day is told as notable then.
      owed ||= checkpoint.notable || (day !== undefined && day !== today);
      day = today;
      if (!owed || checkpoint.at - sentAt < HOUR_MS) return;
      const key = `checkpoint ${checkpoint.origin} ${checkpoint.size} ${checkpoint.at}`;
      const verdict = await mailer.send({ key, to, message: messageOf(checkpoint) });
      if (verdict.outcome !== 'done')
        throw new OperationalError(
          `the checkpoint could not be mailed: ${verdict.detail}`,
          verdict.outcome === 'retry',
        );
      owed = false;
      sentAt = checkpoint.at;
    },
    close: () => mailer.close(),
  };
}

function messageOf({ note, origin, size, at }: Checkpoint): Message {
  return {
    subject: `[Cordon] ${origin}: ${size} entries, ${new Date(at).toISOString().slice(0, 16)}Z`,
    text: [
      'Keep this message. The lines below fix the history up to now: nothing in it can be changed later without contradicting them.',
      '請保存此郵件：下列各行確立截至目前為止的紀錄，日後如有任何更改，必與之矛盾。',
      '',
      note,
      // Below, so that the note keeps its last line end on its way.
      'To check a later export against it, save the lines above to a file (from the name of the log to the last line that begins with a dash), and give it to "cordon audit verify --since FILE".',
    ].join('\n'),
  };
}
