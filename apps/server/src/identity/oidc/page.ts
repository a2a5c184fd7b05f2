import type { InLanguages, Language } from '@cordon/contracts';
import { say } from '../../http/problem-error.js';

export interface Notice {
  readonly status: number;
  readonly title: InLanguages;
  readonly text: InLanguages;
}

/** Why a sign-in did not come about, as the person in front of the browser reads it. */
export const notices = {
  unavailable: {
    status: 503,
    title: say('The sign-in service does not answer', '登入服務沒有回應'),
    text: say(
      'Your organisation’s sign-in service cannot be reached just now. Try again in a moment. API tokens and local accounts still work.',
      '暫時無法連接貴機構的登入服務，請稍後再試。API 權杖及本機帳戶仍可使用。',
    ),
  },
  unknown_state: {
    status: 400,
    title: say('This sign-in is over', '這次登入已失效'),
    text: say(
      'It was used before, took too long, or began in another browser. Start again.',
      '這次登入已經使用過、逾時，或在另一個瀏覽器開始。請重新登入。',
    ),
  },
  provider_refused: {
    status: 403,
    title: say('The sign-in service did not let you in', '登入服務拒絕了你的登入'),
    text: say(
      'Nobody was signed in. Start again, or ask whoever runs the service.',
      '沒有登入任何人。請重新登入，或向服務管理員查詢。',
    ),
  },
  provider_answer: {
    status: 403,
    title: say('The answer of the sign-in service was not accepted', '未能接受登入服務的回覆'),
    text: say(
      'It could not be proved that it is genuine and meant for this sign-in. Start again; tell your administrator if this repeats.',
      '無法證明該回覆真確並屬於這次登入。請重新登入；如再次出現，請通知管理員。',
    ),
  },
  no_role: {
    status: 403,
    title: say('You have no role here', '你在此沒有角色'),
    text: say(
      'Your organisation knows you, but none of your groups has a role in Cordon. Ask your administrator to add you to one.',
      '貴機構認得你，但你所屬的群組在 Cordon 都沒有角色。請管理員把你加入有角色的群組。',
    ),
  },
  disabled: {
    status: 403,
    title: say('Your account is disabled', '你的帳戶已停用'),
    text: say('Ask your administrator.', '請聯絡管理員。'),
  },
  too_many: {
    status: 429,
    title: say('Too many sign-ins from here', '此處的登入次數過多'),
    text: say('Wait a minute, then try again.', '請稍候一分鐘再試。'),
  },
} as const satisfies Record<string, Notice>;

export type NoticeCode = keyof typeof notices;

/** The page. Holds none of what came with the request. */
export function noticePage(code: NoticeCode, language: Language): string {
  const { title, text } = notices[code];
  const again = say('Sign in again', '重新登入')[language];
  return `<!doctype html>
<html lang="${language}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${title[language]} · Cordon</title>
<style>
:root { color-scheme: light dark; }
body { margin: 0; font: 1.0625rem/1.6 system-ui, "PingFang HK", "Microsoft JhengHei", "Noto Sans CJK HK", sans-serif; }
main { max-width: 34rem; margin: 15vh auto; padding: 0 1.5rem; }
a { color: inherit; display: inline-block; padding: 0.5rem 0; }
</style>
<main>
<h1>${title[language]}</h1>
<p>${text[language]}</p>
<p><a href="/auth/oidc/start">${again}</a></p>
</main>
</html>
`;
}
