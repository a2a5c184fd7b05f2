/**
 * approve.js: reads what the link covers and sends the decision; puts text into the page as text only. The tab keeps the
 * token under `cordon.approval` while its person signs in, and no longer; the sign-in page comes back when it is there.
 */
export const script = String.raw`'use strict';
(() => {
  const t = JSON.parse(document.body.dataset.texts);
  const $ = (id) => document.getElementById(id);
  const text = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  let token = '';
  let ref = '';

  async function ask(method, json) {
    try {
      const response = await fetch('/api/v1/approvals/' + encodeURIComponent(token), {
        method,
        headers: json === undefined ? {} : { 'Content-Type': 'application/json' },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      });
      return { ok: response.ok, status: response.status, body: await response.json() };
    } catch {
      return { ok: false, status: 0, body: { detail: t.offline } };
    }
  }

  function say(id, message) {
    for (const other of ['problem', 'note', 'sign-in-first']) $(other).hidden = other !== id;
    if (message !== undefined) $(id).textContent = message;
    $(id).focus();
  }

  function answered({ status, body }) {
    if (status === 401) return signInFirst();
    $('approval').hidden = status !== 0 && status !== 422 && status !== 503;
    say('problem', body.detail || t.offline);
  }

  function signInFirst() {
    sessionStorage.setItem('cordon.approval', token);
    $('approval').hidden = true;
    say('sign-in-first');
    $('sign-in').focus();
  }

  function line({ title, value }) {
    const item = document.createElement('li');
    const about = document.createElement('div');
    const name = Object.assign(document.createElement('span'), { className: 'hint', textContent: title });
    const what = Object.assign(document.createElement('strong'), { textContent: value });
    about.append(name, document.createElement('br'), what);
    item.append(about);
    return item;
  }

  async function show() {
    const got = await ask('GET');
    if (!got.ok) return answered(got);
    const { title, covers, expiresAt } = got.body;
    ref = got.body.ref;
    $('step-title').textContent = title;
    $('ref').textContent = ref;
    $('covers').replaceChildren(...covers.map(line));
    const time = new Date(expiresAt).toLocaleString(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' });
    $('until').textContent = text(t.until, { time });
    $('approval').hidden = false;
    $('heading').focus();
  }

  async function decide(decision) {
    const input = $('decision').elements.reason;
    const reason = input.value.trim();
    const missing = decision === 'refuse' && reason === '';
    $('reason-error').hidden = !missing;
    input.setAttribute('aria-invalid', String(missing));
    if (missing) return input.focus();
    if ($('approve').disabled) return;
    $('approve').disabled = $('refuse').disabled = true;
    const got = await ask('POST', reason === '' ? { decision } : { decision, reason });
    $('approve').disabled = $('refuse').disabled = false;
    if (!got.ok) return answered(got);
    $('approval').hidden = true;
    say('note', text(decision === 'approve' ? t.approved : t.refused, { ref }));
  }

  // Out of the address bar and the history, before anything else can look at it.
  token = location.hash.slice(1) || sessionStorage.getItem('cordon.approval') || '';
  sessionStorage.removeItem('cordon.approval');
  history.replaceState(null, '', '/approve');
  $('sign-in').addEventListener('click', () => location.assign('/sign-in'));
  // Enter in the field decides nothing.
  $('decision').addEventListener('submit', (event) => event.preventDefault());
  $('approve').addEventListener('click', () => void decide('approve'));
  $('refuse').addEventListener('click', () => void decide('refuse'));
  addEventListener('hashchange', () => location.reload());
  if (token === '') say('problem', t.noLink);
  else void show();
})();
`;
