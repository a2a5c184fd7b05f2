import { SingleBar } from 'cli-progress';
import { coloursOf, type Io, isTerminal, tell } from '../io.js';
import type { Progress } from './drive.js';

export interface ProgressDisplay {
  readonly update: (progress: Progress) => void;
  readonly stop: () => void;
}

/** A bar on stderr; where stderr is no terminal, a line whenever other phases are active. */
export function progressOn(io: Io, name: string): ProgressDisplay {
  return isTerminal(io.err) ? bar(io, name) : lines(io, name);
}

function bar(io: Io, name: string): ProgressDisplay {
  const colours = coloursOf(io, io.err);
  const single = new SingleBar({
    stream: io.err,
    format: `${colours.bold(name)} {bar} {value}/{total} steps  {phases}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: false,
    linewrap: false,
  });
  let started = false;
  return {
    update: ({ done, total, phases }) => {
      if (!started) single.start(total, done, { phases: '' });
      started = true;
      single.setTotal(total);
      single.update(done, { phases: phases.join(', ') });
    },
    stop: () => {
      if (started) single.stop();
    },
  };
}

function lines(io: Io, name: string): ProgressDisplay {
  let last = '';
  return {
    update: ({ ref, done, total, phases }) => {
      const active = phases.join(', ');
      if (active !== last && active !== '') tell(io, `${name} ${ref}: ${done}/${total} steps, now ${active}`);
      last = active;
    },
    stop: () => undefined,
  };
}
