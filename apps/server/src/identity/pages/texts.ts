import type { InLanguages, Language } from '@cordon/contracts';
import { say } from '../../http/problem-error.js';

/** Everything the pages say. Those that the script needs are given to it in the page. */
const texts = {
  signIn: say('Sign in', '登入'),
  signInProvider: say('Sign in with your organisation', '以機構帳戶登入'),
  signInPasskey: say('Sign in with a passkey', '以通行密鑰登入'),
  signInPassword: say('Sign in with password and code', '以密碼及驗證碼登入'),
  or: say('or', '或'),
  login: say('E-mail address or login name', '電郵地址或登入名稱'),
  password: say('Password', '密碼'),
  newPassword: say('New password', '新密碼'),
  passwordHint: say(
    'At least 8 characters; a few words together are good.',
    '最少 8 個字元；可用數個詞語組成。',
  ),
  code: say('Code', '驗證碼'),
  codeHint: say('Six digits from your app, or a recovery code.', '應用程式顯示的六位數字，或復原碼。'),
  sixDigits: say('The six digits that the app shows now', '應用程式現時顯示的六位數字'),
  welcome: say('Welcome to Cordon', '歡迎使用 Cordon'),
  welcomeFirst: say(
    'You become the first administrator. Choose how you will sign in.',
    '你將成為首位管理員。請選擇登入方式。',
  ),
  welcomeInvited: say('Hello {name}. Choose how you will sign in.', '{name}，你好。請選擇登入方式。'),
  noLink: say(
    'Open this page by the link that you were given: what follows # in it is missing.',
    '請使用你收到的連結開啟此頁：網址中 # 之後的部分不見了。',
  ),
  yourName: say('Your name', '你的姓名'),
  enrolPasskey: say('Use a passkey', '使用通行密鑰'),
  enrolPasskeyHint: say(
    'Your device or a security key signs you in, with your fingerprint, face or PIN. Nothing to remember, nothing to steal.',
    '以裝置或保安密鑰登入，只需指紋、容貌或 PIN。毋須記住，亦無從盜取。',
  ),
  enrolPassword: say('Use a password and one-time codes', '使用密碼及一次性驗證碼'),
  scan: say(
    'Scan this with an authenticator app, or type the key into it.',
    '以驗證器應用程式掃描，或輸入密鑰。',
  ),
  qrAlt: say('QR code with the key below', '含下列密鑰的 QR 碼'),
  key: say('Key', '密鑰'),
  setPassword: say('Set password and codes', '設定密碼及驗證碼'),
  noPasskeysHere: say(
    'There can be no passkeys at this address: open Cordon by a host name, such as localhost.',
    '此網址不能使用通行密鑰：請以主機名稱（例如 localhost）開啟 Cordon。',
  ),
  passkeyStopped: say('The passkey was not used. Try again.', '未有使用通行密鑰。請再試。'),
  recoveryTitle: say('Your recovery codes', '你的復原碼'),
  recoveryHint: say(
    'Each signs you in once when your app is out of reach. Print them now: they are not shown again.',
    '無法使用應用程式時，每個復原碼可登入一次。請即列印：之後不會再顯示。',
  ),
  recoveryDone: say('I have kept them', '已妥善保存'),
  account: say('Your account', '你的帳戶'),
  roles: say('Roles', '角色'),
  sessions: say('Where you are signed in', '已登入的裝置'),
  thisSession: say('this one', '目前使用中'),
  since: say('since', '登入時間'),
  lastSeen: say('last used', '最近使用'),
  neverUsed: say('never used', '從未使用'),
  unknownBrowser: say('Unknown browser', '不明瀏覽器'),
  endSession: say('Sign out there', '登出該裝置'),
  endOthers: say('Sign out everywhere else', '登出所有其他裝置'),
  signOut: say('Sign out', '登出'),
  credentials: say('How you sign in', '登入方式'),
  passkey: say('Passkey', '通行密鑰'),
  passwordCredential: say('Password with one-time codes', '密碼及一次性驗證碼'),
  recoveryLeft: say('{count} recovery codes left', '尚餘 {count} 個復原碼'),
  added: say('added', '加入時間'),
  addPasskey: say('Add a passkey', '加入通行密鑰'),
  changePassword: say('Set password and codes anew', '重新設定密碼及驗證碼'),
  remove: say('Remove', '移除'),
  done: say('Done.', '完成。'),
  offline: say('The server did not answer. Try again.', '伺服器沒有回應。請再試。'),
  signInAgain: say('Sign in again', '重新登入'),
  noScript: say('This page needs JavaScript.', '此頁需要 JavaScript。'),
  skip: say('Skip to content', '跳至內容'),
} as const satisfies Record<string, InLanguages>;

export type TextName = keyof typeof texts;

export function textsIn(language: Language): Readonly<Record<TextName, string>> {
  return Object.fromEntries(
    Object.entries(texts).map(([name, inLanguages]) => [name, inLanguages[language]]),
  ) as Record<TextName, string>;
}

/** What the API says of a field, as a sentence for whoever fills it in. */
const messages: Readonly<Record<string, InLanguages>> = {
  'is required': say('Fill this in.', '請填寫此欄。'),
  'must have at least 8 characters': say('Use at least 8 characters.', '請使用最少 8 個字元。'),
  'must have at most 128 characters': say('Use at most 128 characters.', '請使用最多 128 個字元。'),
  'is one that attackers try first': say(
    'Attackers try this one first. Choose another.',
    '攻擊者會首先嘗試這個密碼。請選用其他密碼。',
  ),
  'repeats or counts: attackers try that first': say(
    'It repeats or counts, which attackers try first. Choose another.',
    '密碼重複或按序排列，攻擊者會首先嘗試。請選用其他密碼。',
  ),
  'is little more than your own name': say(
    'It is little more than your own name. Choose another.',
    '密碼與你的姓名過於相近。請選用其他密碼。',
  ),
  'is not the code that the app shows now': say(
    'That is not the code that the app shows now. Check the clock of the device.',
    '這不是應用程式現時顯示的驗證碼。請檢查裝置的時鐘。',
  ),
  'must be six digits': say('Type the six digits.', '請輸入六位數字。'),
  'must be an e-mail address or a name without spaces': say(
    'Use an e-mail address, or a name without spaces.',
    '請使用電郵地址，或不含空格的名稱。',
  ),
  'expected string to have >=3 characters': say('Use at least 3 characters.', '請使用最少 3 個字元。'),
  'expected string to have >=6 characters': say(
    'Type the six digits, or a recovery code.',
    '請輸入六位數字，或復原碼。',
  ),
};

export function messagesIn(language: Language): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(messages).map(([message, inLanguages]) => [message, inLanguages[language]]),
  );
}
