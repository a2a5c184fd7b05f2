import type { InLanguages, Language } from '@cordon/contracts';
import { say } from '../../http/problem-error.js';

/** Everything the page says; its script finds them in the page. */
const texts = {
  title: say('You are asked to approve', '請你批准'),
  skip: say('Skip to content', '跳至內容'),
  noScript: say('This page needs JavaScript.', '此頁需要 JavaScript。'),
  signInFirst: say(
    'Sign in first: the link only works for the person it was sent to. This page comes back afterwards.',
    '請先登入：連結只供收件人本人使用。登入後會返回此頁。',
  ),
  signIn: say('Sign in', '登入'),
  incident: say('Incident', '事故'),
  covers: say('What you approve', '批准的內容'),
  until: say('The link works until {time}.', '連結有效至 {time}。'),
  reason: say('Reason', '理由'),
  reasonHint: say('Needed to refuse. It goes into the history.', '拒絕時必須填寫，並會載入事故紀錄。'),
  reasonMissing: say('Say why you refuse.', '請說明拒絕的理由。'),
  approve: say('Approve', '批准'),
  refuse: say('Refuse', '拒絕'),
  approved: say('Approved. It is in the history of {ref}.', '已批准，並已載入 {ref} 的紀錄。'),
  refused: say('Refused. It is in the history of {ref}.', '已拒絕，並已載入 {ref} 的紀錄。'),
  noLink: say(
    'Open this page by the link that you were sent: what follows # in it is missing.',
    '請使用你收到的連結開啟此頁：網址中 # 之後的部分不見了。',
  ),
  offline: say(
    'The server did not answer. Open the link once more to see whether your decision arrived.',
    '伺服器沒有回應。請再次開啟連結，查看你的決定是否已送達。',
  ),
} as const satisfies Record<string, InLanguages>;

export type TextName = keyof typeof texts;

export function textsIn(language: Language): Readonly<Record<TextName, string>> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, inLanguages]) => [name, inLanguages[language]]),
  ) as Record<TextName, string>;
}
