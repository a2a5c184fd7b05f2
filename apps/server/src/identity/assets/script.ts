/** identity.js: the script of the three pages. It keeps nothing, and puts text into the page as text only. */
export const script = String.raw`'use strict';
(() => {
  const t = JSON.parse(document.body.dataset.texts);
  const messages = JSON.parse(document.body.dataset.messages);
  const $ = (id) => document.getElementById(id);
  const text = (template, values) => template.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  const fromBase64url = (part) =>
    Uint8Array.from(atob(part.replace(/-/g, '+').replace(/_/g, '/')), (letter) => letter.charCodeAt(0));
  const toBase64url = (buffer) =>
    btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '');

  /** Answers {ok, status, body}. What cannot be reached is a problem like any other. */
  async function ask(method, path, json) {
    try {
      const response = await fetch(path.startsWith('/') ? path : '/api/v1/' + path, {
        method,
        headers: json === undefined ? {} : { 'Content-Type': 'application/json' },
        ...(json === undefined ? {} : { body: JSON.stringify(json) }),
      });
      const body = response.status === 204 ? {} : await response.json();
      return { ok: response.ok, status: response.status, body };
    } catch {
      return { ok: false, status: 0, body: { detail: t.offline } };
    }
  }

  function clear(form) {
    $('problem').hidden = true;
    $('note').hidden = true;
    for (const field of document.querySelectorAll('.field')) if (!form || form.contains(field)) mark(field, '');
  }

  function mark(field, message) {
    const input = field.querySelector('input');
    const error = field.querySelector('.error');
    const hint = field.querySelector('.hint');
    const prefix = (field.closest('form') || { id: 'form' }).id + '-' + input.name;
    error.id = prefix + '-error';
    if (hint) hint.id = prefix + '-hint';
    error.textContent = message;
    error.hidden = message === '';
    input.setAttribute('aria-invalid', String(message !== ''));
    const about = [hint && hint.id, message !== '' && error.id].filter(Boolean).join(' ');
    if (about) input.setAttribute('aria-describedby', about);
    else input.removeAttribute('aria-describedby');
  }

  /** What is about a field is said at the field, the rest on top; the focus goes to the first of them. */
  function show(body, forms) {
    let first;
    for (const { pointer, message } of body.errors || []) {
      const name = pointer.slice(1);
      const field = forms.flatMap((form) => [...form.querySelectorAll('.field')]).find((one) => one.dataset.field === name && !one.hidden);
      if (!field) continue;
      mark(field, messages[message] || labelOf(field) + ': ' + message);
      first = first || field.querySelector('input');
    }
    if (first) return first.focus();
    const problem = $('problem');
    problem.textContent = body.detail || t.offline;
    if (body.code === 'sign_in_again') {
      const link = document.createElement('a');
      link.href = '/sign-in';
      link.textContent = t.signInAgain;
      problem.append(' ', link);
    }
    problem.hidden = false;
    problem.tabIndex = -1;
    problem.focus();
  }

  const labelOf = (field) => field.querySelector('label').firstChild.textContent;

  function note(message) {
    $('note').textContent = message;
    $('note').hidden = false;
  }

  const values = (form) =>
    Object.fromEntries(
      [...form.querySelectorAll('.field:not([hidden]) input')].map(({ name, value }) => [name, name === 'password' ? value : value.trim()]).filter(([, value]) => value !== ''),
    );

  /** Runs the work once at a time, with the button that asked for it switched off. */
  function once(button, work) {
    return async (event) => {
      if (event) event.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      try {
        await work();
      } finally {
        button.disabled = false;
      }
    };
  }

  const onClick = (id, work) => $(id).addEventListener('click', once($(id), work));
  const onSubmit = (id, work) =>
    $(id).addEventListener('submit', once($(id).querySelector('button[type=submit]'), () => work($(id))));

  async function createPasskey(options) {
    const credential = await navigator.credentials.create({
      publicKey: {
        ...options,
        challenge: fromBase64url(options.challenge),
        user: { ...options.user, id: fromBase64url(options.user.id) },
        excludeCredentials: (options.excludeCredentials || []).map((one) => ({ ...one, id: fromBase64url(one.id) })),
      },
    });
    const { response } = credential;
    return {
      id: credential.id,
      rawId: toBase64url(credential.rawId),
      type: credential.type,
      response: {
        clientDataJSON: toBase64url(response.clientDataJSON),
        attestationObject: toBase64url(response.attestationObject),
        ...(response.getTransports ? { transports: response.getTransports() } : {}),
      },
    };
  }

  async function usePasskey(options) {
    const credential = await navigator.credentials.get({
      publicKey: { ...options, challenge: fromBase64url(options.challenge), allowCredentials: [] },
    });
    const { response } = credential;
    return {
      id: credential.id,
      rawId: toBase64url(credential.rawId),
      type: credential.type,
      response: {
        clientDataJSON: toBase64url(response.clientDataJSON),
        authenticatorData: toBase64url(response.authenticatorData),
        signature: toBase64url(response.signature),
      },
    };
  }

  /** Asks the server for a question, the authenticator for the answer, the server what it makes of it. */
  async function byPasskey(path, body, answerPath, authenticate, forms) {
    clear();
    const asked = await ask('POST', path, body);
    if (!asked.ok) return show(asked.body, forms), undefined;
    let response;
    try {
      response = await authenticate(asked.body.options);
    } catch {
      return show({ detail: t.passkeyStopped }, forms), undefined;
    }
    const answered = await ask('POST', answerPath, { ...body, response });
    if (!answered.ok) return show(answered.body, forms), undefined;
    return answered.body;
  }

  function withoutPasskeys(button) {
    button.disabled = true;
    $('no-passkeys').hidden = false;
  }

  const passkeysHere = () =>
    'credentials' in navigator && window.isSecureContext && !/^[\d.]+$|^\[/.test(location.hostname);

  function showTotp({ secret, qr }) {
    $('totp-qr').src = qr;
    $('totp-secret').textContent = secret.replace(/(.{4})(?=.)/g, '$1 ');
  }

  function showRecovery(codes, then) {
    $('recovery-codes').replaceChildren(...codes.map((code) => Object.assign(document.createElement('li'), { textContent: code })));
    $('recovery').hidden = false;
    $('recovery').focus();
    $('recovery-done').addEventListener('click', then, { once: true });
  }

  const toAccount = () => location.assign('/account');
  // Whoever came by a link to an approval goes back to it.
  const onward = () => (sessionStorage.getItem('cordon.approval') ? location.assign('/approve') : toAccount());

  const pages = {
    'sign-in'() {
      const form = $('password-sign-in');
      if (!passkeysHere()) withoutPasskeys($('passkey-sign-in'));
      onClick('passkey-sign-in', async () => {
        if (await byPasskey('session/passkey/options', {}, 'session/passkey', usePasskey, [form])) onward();
      });
      onSubmit('password-sign-in', async () => {
        clear();
        const { ok, body } = await ask('POST', 'session', values(form));
        if (ok) return onward();
        form.elements.code.value = '';
        show(body, [form]);
      });
    },

    async welcome() {
      // Out of the address bar and the history, before anything else can look at it.
      const token = location.hash.slice(1);
      history.replaceState(null, '', '/welcome');
      if (token === '') return show({ detail: t.noLink }, []);
      const { ok, body } = await ask('POST', 'enrolment', { token });
      if (!ok) return show(body, []);
      const about = $('about');
      $('intro').textContent = body.name === undefined ? t.welcomeFirst : text(t.welcomeInvited, { name: body.name });
      for (const field of about.querySelectorAll('.field')) field.hidden = !body.needs.includes(field.dataset.field);
      showTotp(body.totp);
      if (!body.passkeys || !passkeysHere()) withoutPasskeys($('passkey-enrol'));
      $('enrol').hidden = false;
      about.addEventListener('submit', (event) => event.preventDefault());
      const forms = [about, $('password-enrol')];
      onClick('passkey-enrol', async () => {
        const mine = { token, ...values(about) };
        if (await byPasskey('enrolment/passkey/options', mine, 'enrolment/passkey', createPasskey, forms)) toAccount();
      });
      onSubmit('password-enrol', async (form) => {
        clear();
        const made = await ask('POST', 'enrolment/password', { token, ...values(about), ...values(form) });
        if (!made.ok) return show(made.body, forms);
        $('enrol').hidden = true;
        showRecovery(made.body.recoveryCodes, toAccount);
      });
    },

    async account() {
      const me = await ask('GET', 'session');
      if (me.status === 401) return location.replace('/sign-in');
      if (!me.ok) return show(me.body, []);
      $('my-name').textContent = me.body.name || me.body.id;
      $('my-roles').textContent = me.body.roles.join(', ');
      if (!passkeysHere()) withoutPasskeys($('passkey-add'));
      onClick('sign-out', async () => {
        const byProvider = me.body.session && me.body.session.method === 'oidc';
        const { ok, status, body } = await ask('DELETE', byProvider ? '/auth/oidc/session' : 'session');
        if (ok || status === 401) return location.assign(body.endSession || '/sign-in');
        show(body, []);
      });
      onClick('end-others', () => change('DELETE', 'sessions', listSessions));
      onClick('passkey-add', async () => {
        if (!(await byPasskey('account/passkeys/options', {}, 'account/passkeys', createPasskey, []))) return;
        await listCredentials();
        note(t.done);
      });
      $('password-details').addEventListener('toggle', async () => {
        if (!$('password-details').open) return;
        clear();
        const { ok, body } = await ask('POST', 'account/password/options', {});
        if (ok) return showTotp(body.totp);
        $('password-details').open = false;
        show(body, []);
      });
      onSubmit('password-set', async (form) => {
        clear();
        const made = await ask('POST', 'account/password', values(form));
        if (!made.ok) return show(made.body, [form]);
        form.reset();
        $('password-details').open = false;
        await listCredentials();
        showRecovery(made.body.recoveryCodes, () => {
          $('recovery').hidden = true;
          $('recovery-codes').replaceChildren();
        });
      });
      // Only now: what can be seen can be used.
      $('me').hidden = false;
      await Promise.all([listCredentials(), listSessions()]);
    },
  };

  async function change(method, path, then) {
    clear();
    const { ok, body } = await ask(method, path);
    if (!ok) return show(body, []);
    await then();
    note(t.done);
    $('note').tabIndex = -1;
    $('note').focus();
  }

  function line(title, detail, button) {
    const item = document.createElement('li');
    const about = document.createElement('div');
    const small = document.createElement('span');
    small.className = 'hint';
    small.textContent = detail;
    about.append(title, document.createElement('br'), small);
    item.append(about);
    if (button) item.append(button);
    return item;
  }

  function lineButton(label, about, work) {
    const button = Object.assign(document.createElement('button'), { type: 'button', className: 'plain', textContent: label });
    button.setAttribute('aria-label', label + ': ' + about);
    button.addEventListener('click', once(button, work));
    return button;
  }

  const moment = (iso) => new Date(iso).toLocaleString(document.documentElement.lang, { dateStyle: 'medium', timeStyle: 'short' });

  async function listCredentials() {
    const { ok, body } = await ask('GET', 'account/credentials');
    if (!ok) return show(body, []);
    const shown = body.items.filter(({ kind }) => kind !== 'totp');
    $('credentials').replaceChildren(
      ...shown.map(({ id, kind, createdAt, lastUsedAt }) => {
        const title = kind === 'passkey' ? t.passkey : t.passwordCredential;
        const used = lastUsedAt === undefined ? t.neverUsed : t.lastSeen + ' ' + moment(lastUsedAt);
        const detail = t.added + ' ' + moment(createdAt) + ' · ' + used;
        return line(title, detail, lineButton(t.remove, title + ', ' + detail, () => change('DELETE', 'account/credentials/' + id, listCredentials)));
      }),
    );
    $('recovery-left').hidden = !shown.some(({ kind }) => kind === 'password');
    $('recovery-left').textContent = text(t.recoveryLeft, { count: body.recoveryCodesLeft });
  }

  async function listSessions() {
    const { ok, body } = await ask('GET', 'sessions');
    if (!ok) return show(body, []);
    $('sessions').replaceChildren(
      ...body.items.map(({ id, userAgent, method, createdAt, lastSeenAt, current }) => {
        const title = (userAgent || t.unknownBrowser) + (current ? ' (' + t.thisSession + ')' : '');
        const detail = method + ' · ' + t.since + ' ' + moment(createdAt) + ' · ' + t.lastSeen + ' ' + moment(lastSeenAt);
        const end = lineButton(t.endSession, title + ', ' + detail, () => change('DELETE', 'sessions/' + id, listSessions));
        return line(title, detail, current ? undefined : end);
      }),
    );
    $('end-others').hidden = body.items.length < 2;
  }

  clear();
  Promise.resolve(pages[document.body.dataset.page]()).catch(() => show({ detail: t.offline }, []));
})();
`;
