import { type Io, isTerminal, tell } from '../io.js';

export interface Progress {
  /** Names what is being done. Throws the reason where the person wants to stop. */
  readonly step: (text: string) => void;
  readonly done: () => void;
}

const EVERY_MS = 2_000;

/** On stderr: one line that changes where somebody watches, else a line every two seconds at most. */
export function progressOn(io: Io): Progress {
  const watched = isTerminal(io.err);
  let at = performance.now();
  let told = false;
  return {
    step(text) {
      io.signal.throwIfAborted();
      if (!watched && performance.now() - at < EVERY_MS) return;
      at = performance.now();
      told = true;
      if (watched) io.err.write(`\r\u001b[K${text}`);
      else tell(io, text);
    },
    done: () => void (watched && told && io.err.write('\r\u001b[K')),
  };
}
