/** What the interactive simulation shows between two questions. */
import { toIso } from '@cordon/kernel';
import { blockerWords, type SimulationView, type StepView } from '@cordon/proof';
import { type Colours, shown } from '../io.js';
import type { Words } from './words.js';

const PHASE_MARKS = { not_started: '·', active: '▶', completed: '✓' } as const;

/** Time, phases, and the open steps with the numbers they are chosen by. */
export function screenText(view: SimulationView, words: Words, colours: Colours): string {
  const { now, phases, open, status, nextTimer, closeBlockers } = view;
  const lines = [
    '',
    colours.bold(timeText(now)) +
      (nextTimer ? `  ${words.nextTimer}: ${nextTimer.id} ${timeText(nextTimer.fireAt)}` : ''),
    `${words.phases}: ${phases.map(({ title, status: at }) => `${PHASE_MARKS[at]} ${shown(title)}`).join('  ')}`,
    ...open.map((step, n) => stepLine(step, n + 1, now, words, colours)),
  ];
  if (status === 'closed') lines.push(words.isClosed);
  else if (view.accepts.includes('incident.close')) lines.push(words.readyToClose);
  else if (open.every(({ anytime }) => anytime)) {
    lines.push(words.nothingOpen, ...closeBlockers.map((blocker) => `  ${shown(blockerWords(blocker))}`));
  }
  return [...lines, colours.dim(words.menu)].join('\n');
}

function stepLine(step: StepView, number: number, now: number, words: Words, colours: Colours): string {
  const { title, id, roles, status, dueAt, anytime } = step;
  const about = [
    roles.join(', '),
    ...(status === 'ready' ? [] : [status.replace('_', ' ')]),
    ...(anytime ? [words.anytime] : []),
    ...(dueAt === undefined ? [] : [`${words.due} ${timeText(dueAt)}`]),
  ];
  const late = dueAt !== undefined && dueAt < now ? ` ${colours.red(words.overdue)}` : '';
  return `  ${String(number).padStart(2)}  ${shown(title)} ${colours.dim(`(${id}; ${about.join('; ')})`)}${late}`;
}

/** The locked steps, each with what stands in its way. */
export function lockedText({ locked }: SimulationView, words: Words): string {
  if (locked.length === 0) return words.nothingLocked;
  return locked
    .map(
      ({ id, title, blockedBy }) =>
        `  ${shown(title)} (${id}): ${shown(blockedBy.map(blockerWords).join('; '))}`,
    )
    .join('\n');
}

function timeText(at: number): string {
  return `${toIso(at).slice(0, 16).replace('T', ' ')} UTC`;
}
