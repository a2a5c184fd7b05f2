import type { Language } from '@cordon/contracts';
import { textsIn } from './texts.js';

/** The page holds no data: its script asks the API for it. Looks like the pages by which people sign in. */
export function approvePage(language: Language): string {
  const t = textsIn(language);
  return `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${t.title} · Cordon</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/identity.css">
<script src="/approve.js" defer></script>
</head>
<body data-texts="${escape(JSON.stringify(t))}">
<a class="skip" href="#main">${t.skip}</a>
<header><span class="brand">Cordon</span></header>
<main id="main">
<h1 id="heading" tabindex="-1">${t.title}</h1>
<noscript><p class="problem">${t.noScript}</p></noscript>
<div id="problem" class="problem" role="alert" tabindex="-1" hidden></div>
<div id="note" class="note" role="status" tabindex="-1" hidden></div>
<div id="sign-in-first" hidden>
<p>${t.signInFirst}</p>
<p><button type="button" id="sign-in">${t.signIn}</button></p>
</div>
<div id="approval" hidden>
<p><strong id="step-title"></strong><br><span class="hint">${t.incident} <span id="ref"></span></span></p>
<section aria-labelledby="covers-title"><h2 id="covers-title">${t.covers}</h2>
<ul id="covers" class="lines"></ul></section>
<p class="hint" id="until"></p>
<form id="decision" novalidate>
<div class="field"><label>${t.reason}<input name="reason" type="text" maxlength="2000" autocomplete="off" aria-describedby="reason-hint reason-error"></label><span class="hint" id="reason-hint">${t.reasonHint}</span><p class="error" id="reason-error" hidden>${t.reasonMissing}</p></div>
<button type="button" id="approve">${t.approve}</button>
<button type="button" id="refuse" class="plain">${t.refuse}</button>
</form>
</div>
</main>
</body>
</html>
`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
