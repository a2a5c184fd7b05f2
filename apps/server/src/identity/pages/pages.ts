import type { Language } from '@cordon/contracts';
import { messagesIn, textsIn, type TextName } from './texts.js';

type Texts = Readonly<Record<TextName, string>>;

/** `provider`: people may sign in with the organisation's own provider. */
export function signInPage(language: Language, provider: boolean): string {
  const t = textsIn(language);
  const elsewhere = provider
    ? `<a class="button" id="provider" href="/auth/oidc/start?returnTo=/account">${t.signInProvider}</a>\n<p class="or"><span>${t.or}</span></p>`
    : '';
  return page(
    language,
    'sign-in',
    t.signIn,
    `${elsewhere}
${passkeyPart('passkey-sign-in', t.signInPasskey, t)}
<p class="or"><span>${t.or}</span></p>
<form id="password-sign-in" novalidate>
${field('login', t.login, 'text', 'autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="254"')}
${field('password', t.password, 'password', 'autocomplete="current-password" maxlength="200"')}
${field('code', t.code, 'text', 'autocomplete="one-time-code" spellcheck="false" maxlength="40"', t.codeHint)}
<button type="submit">${t.signInPassword}</button>
</form>`,
  );
}

export function welcomePage(language: Language): string {
  const t = textsIn(language);
  return page(
    language,
    'welcome',
    t.welcome,
    `<p id="intro"></p>
<div id="enrol" hidden>
<form id="about" novalidate>
${field('name', t.yourName, 'text', 'autocomplete="name" maxlength="200"')}
${field('login', t.login, 'text', 'autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="254"')}
</form>
<section aria-labelledby="by-passkey"><h2 id="by-passkey">${t.enrolPasskey}</h2>
<p class="hint">${t.enrolPasskeyHint}</p>
${passkeyPart('passkey-enrol', t.enrolPasskey, t)}</section>
<section aria-labelledby="by-password"><h2 id="by-password">${t.enrolPassword}</h2>
${passwordForm('password-enrol', t)}</section>
</div>
${recoveryPart(t)}`,
  );
}

export function accountPage(language: Language): string {
  const t = textsIn(language);
  return page(
    language,
    'account',
    t.account,
    `<div id="me" hidden>
<p><strong id="my-name"></strong><br><span class="hint">${t.roles}: <span id="my-roles"></span></span></p>
<p><button type="button" id="sign-out" class="plain">${t.signOut}</button></p>
<section aria-labelledby="credentials-title"><h2 id="credentials-title">${t.credentials}</h2>
<ul id="credentials" class="lines"></ul>
<p class="hint" id="recovery-left" hidden></p>
${passkeyPart('passkey-add', t.addPasskey, t)}
<details id="password-details"><summary>${t.changePassword}</summary>
${passwordForm('password-set', t, field('login', t.login, 'text', 'autocomplete="username" autocapitalize="none" spellcheck="false" maxlength="254"'))}
</details></section>
<section aria-labelledby="sessions-title"><h2 id="sessions-title">${t.sessions}</h2>
<ul id="sessions" class="lines"></ul>
<button type="button" id="end-others" class="plain">${t.endOthers}</button></section>
</div>
${recoveryPart(t)}`,
  );
}

function passkeyPart(id: string, label: string, t: Texts): string {
  return `<button type="button" id="${id}" class="main">${label}</button>
<p class="hint" id="no-passkeys" hidden>${t.noPasskeysHere}</p>`;
}

function passwordForm(id: string, t: Texts, before = ''): string {
  return `<form id="${id}" novalidate>
${before}
${field('password', t.newPassword, 'password', 'autocomplete="new-password" maxlength="200"', t.passwordHint)}
<p>${t.scan}</p>
<p class="totp"><img id="totp-qr" alt="${t.qrAlt}" width="220" height="220">
<span>${t.key}: <code id="totp-secret"></code></span></p>
${field('code', t.sixDigits, 'text', 'autocomplete="one-time-code" inputmode="numeric" maxlength="6"')}
<button type="submit">${t.setPassword}</button>
</form>`;
}

function recoveryPart(t: Texts): string {
  return `<section id="recovery" aria-labelledby="recovery-title" tabindex="-1" hidden>
<h2 id="recovery-title">${t.recoveryTitle}</h2>
<p>${t.recoveryHint}</p>
<ol id="recovery-codes" class="codes"></ol>
<button type="button" id="recovery-done">${t.recoveryDone}</button></section>`;
}

/** A labelled field; its error, once there is one, is tied to it by the script. */
function field(name: string, label: string, type: string, attributes: string, hint?: string): string {
  const about = hint === undefined ? '' : `<span class="hint" data-hint="${name}">${hint}</span>`;
  return `<div class="field" data-field="${name}"><label>${label}<input name="${name}" type="${type}" required ${attributes}></label>${about}<p class="error" hidden></p></div>`;
}

function page(language: Language, name: string, title: string, body: string): string {
  const t = textsIn(language);
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · Cordon</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/identity.css">
<script src="/identity.js" defer></script>
</head>
<body data-page="${name}" data-texts="${escape(JSON.stringify(t))}" data-messages="${escape(JSON.stringify(messagesIn(language)))}">
<a class="skip" href="#main">${t.skip}</a>
<header><span class="brand">Cordon</span></header>
<main id="main">
<h1 tabindex="-1">${title}</h1>
<noscript><p class="problem">${t.noScript}</p></noscript>
<div id="problem" class="problem" role="alert" hidden></div>
<div id="note" class="note" role="status" hidden></div>
${body}
</main>
</body>
</html>
`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
