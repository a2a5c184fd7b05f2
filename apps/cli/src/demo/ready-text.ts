/** What the demo says once it is ready: where, what, and what to try. */
import type { Json } from '@cordon/kernel';
import type { Step } from '../api/shapes.js';
import { type Colours, shown } from '../io.js';
import { fromNow, untilDue } from '../times.js';
import type { Loaded } from './load.js';

export interface Ready {
  readonly url: string;
  readonly dataFolder: string;
  readonly tokenFile: string;
  readonly loaded: readonly Loaded[];
  /** Present when the commands would find another server first. */
  readonly serverOption: string | undefined;
}

interface Trial {
  readonly shows: string;
  readonly command: string;
}

export function readyText(ready: Ready, { bold, dim, cyan, yellow }: Colours, now: number): string {
  const { url, tokenFile, loaded } = ready;
  const incidents = loaded.flatMap(({ incident, open }) => {
    const next = mostUrgent(open);
    const phases = incident.phases.filter(({ status }) => status === 'active').map(({ title }) => title);
    return [
      `  ${bold(incident.ref)}  ${shown(incident.title)}`,
      dim(`         aware ${fromNow(incident.awareAt, now)}; now: ${phases.join(', ') || incident.status}`),
      ...(next ? [`         ${yellow(shown(nextText(next, now)))}`] : []),
    ];
  });
  return [
    '',
    `Cordon is ready: ${bold(cyan(url))}`,
    `  API docs  ${url}/docs`,
    `  Token     ${tokenFile}`,
    '',
    ...incidents,
    '',
    'Try, in another terminal (commands find the demo by themselves):',
    ...trials(ready).flatMap(({ shows, command }, n) => [
      '',
      dim(`  ${n + 1}. ${shows}`),
      `  ${command.replace(' && ', ' &&\n  ')}`,
    ]),
    '',
    'Alerts that Cordon sends appear here. Ctrl+C stops it and removes its data.',
  ].join('\n');
}

export function readyJson(ready: Ready): Json {
  const { url, dataFolder, tokenFile, loaded } = ready;
  return {
    url,
    docs: `${url}/docs`,
    dataFolder,
    tokenFile,
    incidents: loaded.map(({ scenario, incident, open }) => ({
      ref: incident.ref,
      scenario,
      title: incident.title,
      awareAt: incident.awareAt,
      phases: incident.phases.filter(({ status }) => status === 'active').map(({ id }) => id),
      open: open.map(({ id, status, dueAt }) => ({ step: id, status, dueAt: dueAt ?? null })),
    })),
    try: trials(ready).map((trial) => ({ ...trial })),
  };
}

/** Four commands, each shorter than half a minute. */
function trials({ loaded, serverOption }: Ready): Trial[] {
  const cordon = (line: string): string =>
    `npm run -s cordon -- ${line}${serverOption === undefined ? '' : ` --server ${serverOption}`}`;
  const [older, newer] = [loaded[0]?.incident.ref ?? 'INC-1', loaded[1]?.incident.ref ?? 'INC-2'];
  // The number alone names it too, and keeps the lines shorter than a terminal is wide.
  const [first, second] = [older, newer].map((ref) => ref.replace(/^INC-/, ''));
  const file = `${older.toLowerCase()}.jsonl`;
  return [
    {
      shows: `where ${newer} stands: what is open, for whom, until when`,
      command: cordon(`incident show ${second}`),
    },
    {
      shows: 'record the call to GIRO, and see what that opens',
      command: cordon(`incident do ${second} step.complete giro-phone --set calledAt=now`),
    },
    {
      shows: `be the second person who lets the letter of ${older} go out`,
      command: cordon(`incident do ${first} approval.approve approve-letter`),
    },
    {
      shows: `take the history of ${older} away, and check it without a server`,
      command: `${cordon(`audit export ${first} --out ${file}`)} && npm run -s cordon -- audit verify ${file}`,
    },
  ];
}

/** What is due first; without a deadline an approval, which waits for somebody else, then whatever is first. */
function mostUrgent(open: readonly Step[]): Step | undefined {
  const due = open
    .filter(({ dueAt }) => dueAt)
    .sort((a, b) => Date.parse(a.dueAt ?? '') - Date.parse(b.dueAt ?? ''));
  return due[0] ?? open.find(({ kind }) => kind === 'approval') ?? open[0];
}

function nextText({ title, kind, dueAt, roles = [] }: Step, now: number): string {
  if (dueAt) return `${title}: due ${untilDue(dueAt, now)}`;
  return kind === 'approval' ? `${title}: waits for ${roles.join(' or ')}` : `${title}: ready`;
}
