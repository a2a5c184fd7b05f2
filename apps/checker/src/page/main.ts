/** The page: files in, one check at a time, its answer out. It keeps nothing and asks nobody. */
import type { Answer, Progress, Question } from '../check/check-bundle.js';
import { byId } from './element.js';
import { kindOf, MAX_TEXT_BYTES, type FileKind } from './files.js';
import { reportView, type Shown } from './report-view.js';
import { fill, texts, type Language, type TextName } from './texts.js';
import type { FromWorker } from './worker.js';

/** Put here by the build. */
declare const WORKER_SOURCE: string;

const inputs: Readonly<Record<FileKind, HTMLInputElement>> = {
  bundle: byId('bundle', HTMLInputElement),
  policy: byId('policy', HTMLInputElement),
  since: byId('since', HTMLInputElement),
};
const check = byId('check', HTMLButtonElement);
const cancel = byId('cancel', HTMLButtonElement);
const progress = byId('progress', HTMLProgressElement);
const progressText = byId('progress-text', HTMLElement);
const working = byId('working', HTMLElement);
const problem = byId('problem', HTMLElement);
const said = byId('said', HTMLElement);
const result = byId('result', HTMLElement);

/** Without an address of its own to load from, so that the saved page has it too. */
const workerAddress = URL.createObjectURL(new Blob([WORKER_SOURCE], { type: 'text/javascript' }));

let language: Language = 'en';
let worker: Worker | undefined;
/** What is shown now, to be said again in another language. */
let shown: Shown | undefined;

function say(name: TextName, values?: Readonly<Record<string, string | number>>): string {
  return fill(texts[name][language === 'en' ? 0 : 1], values);
}

function speak(to: Language): void {
  language = to;
  document.documentElement.lang = to;
  document.title = `${say('title')} · Cordon`;
  for (const place of document.querySelectorAll<HTMLElement>('[data-text]'))
    place.textContent = say(place.dataset['text'] as TextName);
  const other = byId('language', HTMLButtonElement);
  other.textContent = say('otherLanguage');
  other.lang = to === 'en' ? 'zh-Hant' : 'en';
  for (const kind of Object.keys(inputs) as FileKind[]) complain(kind);
  problem.hidden = true;
  if (shown) result.replaceChildren(...reportView(shown, language));
}

/** Says what is wrong with a file, beside it; nothing without a text. */
function complain(kind: FileKind, text?: string): void {
  const place = byId(`${kind}-error`, HTMLElement);
  place.hidden = text === undefined;
  place.textContent = text ?? '';
  inputs[kind].setAttribute('aria-invalid', String(text !== undefined));
}

function tellProblem(...lines: readonly string[]): void {
  problem.hidden = false;
  problem.textContent = lines.join(' ');
}

async function begin(): Promise<void> {
  stop();
  forget();
  const bundle = inputs.bundle.files?.[0];
  if (!bundle) {
    complain('bundle', say('chooseFirst'));
    inputs.bundle.focus();
    return;
  }
  const [policy, since] = [await textIn('policy'), await textIn('since')];
  if (policy === null || since === null) return;
  ask(bundle, {
    bundle,
    ...(policy === undefined ? {} : { policy }),
    ...(since === undefined ? {} : { since }),
  });
}

/** Undefined where none was chosen; null where it cannot be one. */
async function textIn(kind: 'policy' | 'since'): Promise<string | null | undefined> {
  const file = inputs[kind].files?.[0];
  if (!file) return undefined;
  if (file.size <= MAX_TEXT_BYTES) return file.text();
  complain(kind, say('tooLarge'));
  inputs[kind].focus();
  return null;
}

function ask(file: File, question: Question): void {
  worker?.terminate();
  const mine = new Worker(workerAddress);
  worker = mine;
  busy(true);
  progress.removeAttribute('value');
  progressText.textContent = say('opening');
  said.textContent = say('opening');
  mine.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
    if (worker !== mine) return;
    if (data.kind === 'progress') tellProgress(data);
    else finish(data, file, question);
  });
  mine.addEventListener('error', (event) => {
    if (worker === mine) finish({ kind: 'failed', message: event.message }, file, question);
  });
  mine.postMessage(question);
}

function tellProgress({ phase, entries, of }: Progress): void {
  progress.max = Math.max(of, 1);
  progress.value = entries;
  const numbers = new Intl.NumberFormat(language === 'en' ? 'en-GB' : 'zh-HK');
  progressText.textContent = say(phase, { entries: numbers.format(entries), of: numbers.format(of) });
}

function finish(
  answer: Answer | Extract<FromWorker, { kind: 'failed' }>,
  file: File,
  question: Question,
): void {
  stop();
  said.textContent = '';
  if (answer.kind === 'failed') {
    tellProblem(say('failed'), answer.message);
  } else if (answer.kind === 'policy refused') {
    complain('policy', `${say('policyRefused')} ${answer.message}`);
    inputs.policy.focus();
  } else {
    const { report, span } = answer;
    const about = { name: file.name, size: file.size };
    shown = { report, ...(span ? { span } : {}), file: about, withPolicy: question.policy !== undefined };
    result.replaceChildren(...reportView(shown, language));
    result.hidden = false;
    document.getElementById('verdict')?.focus();
  }
}

function stop(): void {
  worker?.terminate();
  worker = undefined;
  busy(false);
}

function busy(on: boolean): void {
  working.hidden = !on;
  cancel.hidden = !on;
  check.disabled = on;
}

/** An answer about other files than those chosen now must not stay in sight. */
function forget(): void {
  shown = undefined;
  result.hidden = true;
  result.replaceChildren();
  problem.hidden = true;
  said.textContent = '';
  for (const kind of Object.keys(inputs) as FileKind[]) complain(kind);
}

async function take(files: readonly File[]): Promise<void> {
  stop();
  forget();
  for (const file of files) {
    const kind = await kindOf(file);
    if (!kind) {
      tellProblem(say('unknownFile', { name: file.name }));
      continue;
    }
    const chosen = new DataTransfer();
    chosen.items.add(file);
    inputs[kind].files = chosen.files;
  }
}

/** Whatever goes wrong outside of the worker is said, and never swallowed. */
function tell(work: Promise<void>): void {
  work.catch((error: unknown) => {
    stop();
    tellProblem(say('failed'), error instanceof Error ? error.message : String(error));
  });
}

byId('form', HTMLFormElement).addEventListener('submit', (event) => {
  event.preventDefault();
  tell(begin());
});
cancel.addEventListener('click', () => {
  stop();
  said.textContent = say('cancelled');
  tellProblem(say('cancelled'));
  check.focus();
});
for (const input of Object.values(inputs))
  input.addEventListener('change', () => {
    stop();
    forget();
  });
byId('language', HTMLButtonElement).addEventListener('click', () =>
  speak(language === 'en' ? 'zh-Hant' : 'en'),
);
for (const name of ['dragover', 'dragleave', 'drop'] as const)
  document.addEventListener(name, (event) => {
    event.preventDefault();
    document.body.classList.toggle('over', name === 'dragover');
    if (name === 'drop') tell(take([...(event.dataTransfer?.files ?? [])]));
  });
/** Saved already, it needs no saving; and a page that was opened as a file cannot read itself. */
byId('keep', HTMLElement).hidden = location.protocol === 'file:';
speak(
  navigator.languages.find((tag) => /^(?:zh|yue|en)/i.test(tag))?.match(/^(?:zh|yue)/i) ? 'zh-Hant' : 'en',
);
