import type { Message } from '@cordon/actions';
import { toIso, type EpochMs } from '@cordon/kernel';

interface Mailed {
  readonly ref: string;
  /** Of the step, in every language. */
  readonly titles: readonly string[];
  readonly url: string;
  readonly expiresAt: EpochMs;
}

/**
 * The mail that asks for an approval, in both languages. It says where, not what: neither the incident's title nor
 * anything that is approved, which its reader sees once signed in.
 */
export function approvalMail({ ref, titles, url, expiresAt }: Mailed): Message {
  const until = toIso(expiresAt);
  const title = titles.join(' / ');
  const text = [
    `You are asked to approve or refuse: ${title} (${ref}).`,
    `Open the link, sign in, and read what it covers before you decide. It is for you alone, works once, until ${until}.`,
    '',
    `請批准或拒絕：${title}（${ref}）。`,
    `請開啟連結並登入，細閱所涵蓋的內容後再作決定。連結只供你本人使用一次，有效至 ${until}。`,
    '',
    url,
    '',
    'Nobody at Cordon asks for your password or code. If the link no longer works, sign in and look in your tasks.',
    'Cordon 不會向你索取密碼或驗證碼。如連結失效，請登入後在任務清單查看。',
  ];
  return { subject: `[${ref}] ${titles[0] ?? ref}: approval needed · 有待批准`, text: text.join('\n') };
}
