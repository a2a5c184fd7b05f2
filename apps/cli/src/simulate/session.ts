/** A person plays an incident at the terminal: what is open is shown, they choose, the engine answers. */
import { findInstance, type Actor, type IncidentEvent, type Instance } from '@cordon/engine';
import { durationMs, fromIso, type Json, type JsonObject } from '@cordon/kernel';
import {
  advanceTo,
  nextTimer,
  peopleOf,
  rejectionWords,
  send,
  type Simulation,
  SimulationTooLong,
  type StepView,
  viewOf,
} from '@cordon/proof';
import { CliError } from '../exit-codes.js';
import { type Colours, shown } from '../io.js';
import { askOption, askOutput, type Asking, valueOf } from './ask-form.js';
import { eventLine } from './report.js';
import { lockedText, screenText } from './screen.js';
import { Gone, type Terminal } from './terminal.js';
import { type Words, wordsIn } from './words.js';

/** How the session talks, and where it saves. */
export interface SessionOptions {
  readonly language: string;
  readonly colours: Colours;
  /** Fails with a CliError that is shown. */
  readonly save: (simulation: Simulation, path: string) => Promise<void>;
}

interface Session extends SessionOptions {
  readonly terminal: Terminal;
  readonly words: Words;
  readonly people: readonly Actor[];
  simulation: Simulation;
  /** What undo goes back to, the latest last. */
  readonly past: Simulation[];
  /** The person who acts; undefined for whoever may. */
  who: Actor | undefined;
}

/** Goes on until the person quits, or leaves; answers where the incident then stood. Nothing is ever lost by leaving. */
export async function runSession(
  terminal: Terminal,
  start: Simulation,
  options: SessionOptions,
): Promise<{ readonly simulation: Simulation; readonly left: 'quit' | 'ended' | 'interrupted' }> {
  const session: Session = {
    ...options,
    ...{ terminal, simulation: start, past: [], who: undefined },
    words: wordsIn(options.language),
    people: peopleOf(start.machines.plan.playbook),
  };
  const { words, language, colours } = session;
  try {
    for (;;) {
      const view = viewOf(session.simulation, language);
      terminal.show(screenText(view, words, colours));
      const given = await terminal.ask(words.prompt);
      if (given === 'quit' || given === 'q') return { simulation: session.simulation, left: 'quit' };
      if (given === '') continue;
      const step = view.open[Number(given) - 1] ?? view.open.find(({ id }) => id === given);
      if (step) await workOn(session, step);
      else await command(session, given);
    }
  } catch (error) {
    if (!(error instanceof Gone)) throw error;
    terminal.show(`\n${words.bye}`);
    return { simulation: session.simulation, left: error.how };
  }
}

async function command(session: Session, given: string): Promise<void> {
  const { terminal, words, language } = session;
  const [name = '', ...rest] = given.split(/\s+/);
  switch (name) {
    case 'fact':
      return setFact(session);
    case 'system':
      return addSystem(session);
    case 'clock':
      return moveClock(session, rest.join(' '));
    case 'why':
      return terminal.show(lockedText(viewOf(session.simulation, language), words));
    case 'close':
      return put(session, { type: 'incident.close' });
    case 'as':
      return chooseWho(session, rest[0]);
    case 'undo':
      return undo(session);
    case 'save': {
      const path = rest.join(' ') || (await terminal.ask(words.saveTo));
      return path === '' ? terminal.show(words.goingBack) : save(session, path);
    }
    case 'help':
      return terminal.show(words.help);
    default:
      return terminal.show(words.noSuch);
  }
}

/** A file that cannot be written is no reason to lose what was played. */
async function save({ save: write, simulation, terminal }: Session, path: string): Promise<void> {
  try {
    await write(simulation, path);
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    terminal.show(error.message);
  }
}

/** What can be done with a step, by the event that does it. */
const CHOICES = [
  ['step.complete', 'done'],
  ['approval.approve', 'approve'],
  ['approval.refuse', 'refuse'],
  ['step.start', 'start'],
  ['step.skip', 'skip'],
  ['step.problem', 'problem'],
  ['step.fail', 'fail'],
] as const satisfies readonly (readonly [string, keyof Words])[];
const WITH_REASON: readonly string[] = ['approval.refuse', 'step.skip', 'step.problem', 'step.fail'];

async function workOn(session: Session, view: StepView): Promise<void> {
  const { terminal, words, simulation } = session;
  const instance = findInstance(simulation.machines.plan, simulation.state, view.id);
  if (!instance) return;
  terminal.show(`\n${shown(view.title)}`);
  if (view.instructions !== undefined) terminal.show(shown(view.instructions));
  const lacking = view.evidence !== undefined && view.evidence.count < view.evidence.min;
  const choices = [
    ...CHOICES.filter(([type]) => view.accepts.includes(type)),
    ...(view.evidence ? [['evidence.add', 'evidence'] as const] : []),
  ];
  if (view.evidence && lacking) {
    terminal.show(`${words.evidence}: ${view.evidence.count} / ${view.evidence.min}`);
  }
  choices.forEach(([, word], n) => terminal.show(`  ${n + 1}  ${words[word]}`));
  const given = await terminal.ask(words.prompt);
  const chosen = choices.find(([type], n) => String(n + 1) === given || type === given)?.[0];
  if (chosen === undefined) return terminal.show(given === '' ? words.goingBack : words.noSuch);
  const data = await dataFor(session, instance, chosen);
  if (data === undefined) return;
  put(session, { type: chosen, step: view.id, ...(Object.keys(data).length > 0 ? { data } : {}) });
}

/** What the event holds; undefined when the person gave up. */
async function dataFor(
  session: Session,
  { planned }: Instance,
  type: string,
): Promise<JsonObject | undefined> {
  const { terminal, words } = session;
  if (type === 'step.complete') {
    const output = await askOutput(askingOf(session), planned.step);
    return output && (Object.keys(output).length > 0 ? { output } : {});
  }
  if (type === 'evidence.add') {
    const name = await terminal.ask(`${words.evidence}: `);
    return name === '' ? undefined : { name };
  }
  if (!WITH_REASON.includes(type)) return {};
  const reasons = type === 'step.skip' ? (planned.step.skip?.reasons ?? []) : [];
  const reason =
    reasons.length > 0
      ? await askOption(askingOf(session), words.reason, reasons)
      : await terminal.ask(words.reason);
  if (reason === undefined || reason === '') {
    terminal.show(words.goingBack);
    return undefined;
  }
  return { reason };
}

async function setFact(session: Session): Promise<void> {
  const { terminal, words, simulation } = session;
  const { facts } = simulation.machines.plan.playbook;
  const id = await askOption(askingOf(session), words.factWhich.trim(), facts);
  const fact = facts.find((one) => one.id === id);
  if (!fact) return;
  const given = await terminal.ask(words.factValue);
  if (given === '') return terminal.show(words.goingBack);
  const value: Json | undefined = given === 'unknown' ? given : valueOf(fact, given, simulation.now);
  if (value === undefined) return terminal.show(`${words.noSuch} (${words[fact.type]})`);
  put(session, { type: 'fact.set', data: { fact: fact.id, value } });
}

async function addSystem(session: Session): Promise<void> {
  const { terminal, words } = session;
  const id = await terminal.ask(words.systemId);
  if (id === '') return terminal.show(words.goingBack);
  const name = await terminal.ask(words.systemName);
  put(session, { type: 'system.add', data: { id, name: name === '' ? id : name } });
}

async function moveClock(session: Session, said: string): Promise<void> {
  const { terminal, words, simulation, colours } = session;
  const given = said === '' ? await terminal.ask(words.clock) : said;
  const ms = durationMs(given);
  const at =
    given === 'next'
      ? nextTimer(simulation)?.fireAt
      : ms === undefined
        ? fromIso(given)
        : simulation.now + ms;
  if (at === undefined || at < simulation.now) {
    if (given !== 'next' || at === undefined) return terminal.show(words.clockWrong);
  }
  try {
    keep(session, advanceTo(simulation, Math.max(at, simulation.now)));
  } catch (error) {
    if (!(error instanceof SimulationTooLong)) throw error;
    return terminal.show(`${words.refused}: ${error.message}`);
  }
  for (const event of session.simulation.events.slice(simulation.events.length)) {
    terminal.show(eventLine(event, colours));
  }
}

function chooseWho(session: Session, id: string | undefined): void {
  const { terminal, words, people } = session;
  const found = people.find((one) => one.id === id);
  if (!found && id !== 'auto') {
    return terminal.show(`${words.who}: ${people.map((one) => one.id).join(', ')}`);
  }
  session.who = found;
}

function undo(session: Session): void {
  const last = session.past.pop();
  if (last) session.simulation = last;
  session.terminal.show(last ? session.words.undone : session.words.nothingToUndo);
}

function keep(session: Session, next: Simulation): void {
  session.past.push(session.simulation);
  session.simulation = next;
}

/** Puts the event to the engine, for the chosen person, or for the first who may; what it answers is shown. */
function put(session: Session, event: IncidentEvent): void {
  const { terminal, words, simulation, people, who, colours } = session;
  const tries = (who ? [who] : people).map((actor) => send(simulation, event, actor));
  const best =
    tries.find(({ decision }) => decision.outcome === 'accepted') ??
    tries.find(
      ({ decision }) => decision.outcome === 'rejected' && decision.rejection.code !== 'forbidden',
    ) ??
    tries[0];
  if (!best) return terminal.show(words.noPerson);
  keep(session, best.simulation);
  for (const done of best.simulation.events.slice(simulation.events.length))
    terminal.show(eventLine(done, colours));
  if (best.decision.outcome === 'rejected') {
    terminal.show(`${words.refused}: ${shown(rejectionWords(best.decision.rejection))}`);
  }
}

function askingOf({ terminal, words, language, simulation }: Session): Asking {
  return { terminal, words, language, now: simulation.now };
}
