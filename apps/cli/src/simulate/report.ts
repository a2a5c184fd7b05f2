/** What came of a simulation, for people and for programs. */
import { toIso } from '@cordon/kernel';
import { blockerWords, rejectionWords, viewOf, type SimulatedEvent, type Simulation } from '@cordon/proof';
import { type Colours, shown } from '../io.js';

/** One line for each event, and at the end where the incident stands. */
export function simulationText(simulation: Simulation, language: string, colours: Colours): string {
  const lines = simulation.events.map((event) => eventLine(event, colours));
  return [...lines, ...endLines(simulation, language)].join('\n');
}

/** An event: when, who, what, and what it did. */
export function eventLine(
  { at, actor, event, outcome, rejection, opened, done, undone, effects }: SimulatedEvent,
  colours: Colours,
): string {
  const what = [event.type, event.step ?? timerOf(event.data)].filter(Boolean).join(' ');
  const head = `${toIso(at).slice(0, 16).replace('T', ' ')}  ${shown(actor.id)}  ${shown(what)}`;
  if (outcome === 'rejected') {
    return `${head}  ${colours.yellow('rejected')}: ${rejection ? shown(rejectionWords(rejection)) : ''}`;
  }
  const parts = [
    ...(undone.length > 0 ? [`again ${undone.join(', ')}`] : []),
    ...(opened.length > 0 ? [`opens ${opened.join(', ')}`] : []),
    ...effects.filter(({ kind }) => kind !== 'action').map(({ kind, step }) => `${kind} of ${step}`),
  ];
  const ended = done.filter((id) => id !== event.step);
  if (ended.length > 0) parts.unshift(`ends ${ended.join(', ')}`);
  return parts.length === 0 ? head : `${head}  ${colours.dim(parts.join('; '))}`;
}

function timerOf(data: SimulatedEvent['event']['data']): string | undefined {
  return typeof data?.timer === 'string' ? data.timer : undefined;
}

function endLines(simulation: Simulation, language: string): readonly string[] {
  const view = viewOf(simulation, language);
  const rejected = simulation.events.filter(({ outcome }) => outcome === 'rejected').length;
  const open = view.open.filter(({ anytime }) => !anytime).map(({ id }) => id);
  return [
    `${view.status === 'closed' ? 'Closed' : 'Open'} at ${toIso(view.now)} after ${simulation.events.length} events, of which ${rejected} were rejected.`,
    ...(open.length > 0 ? [`Open steps: ${open.join(', ')}.`] : []),
    ...(view.status === 'open' && open.length === 0
      ? [`Before closing: ${view.closeBlockers.map(blockerWords).join('; ') || 'nothing; it can be closed'}.`]
      : []),
  ];
}

/** The same as data: the view and every event. */
export function simulationJson(simulation: Simulation, language: string): object {
  const { locked: _locked, ...view } = viewOf(simulation, language);
  return { ...view, events: simulation.events };
}
