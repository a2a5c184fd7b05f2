import { type ExitCode, exitCodes, Stopped } from './exit-codes.js';

/** npm passes Ctrl+C on to a program that the terminal has told already: what comes so soon after is the same one. */
const ECHO_MS = 300;
const SIGNALS: Readonly<Partial<Record<NodeJS.Signals, ExitCode>>> = {
  SIGINT: exitCodes.interrupted,
  SIGTERM: exitCodes.terminated,
  SIGHUP: exitCodes.hungUp,
};

/**
 * The first signal to stop aborts the controller, so that what runs can clear up after itself; each further one calls
 * `again`, for a person who does not want to wait for that.
 */
export function stopOnSignals(controller: AbortController, again: (code: ExitCode) => void): void {
  let first = 0;
  for (const [name, code] of Object.entries(SIGNALS)) {
    process.on(name, () => {
      if (first === 0) {
        first = Date.now();
        controller.abort(new Stopped(code));
      } else if (Date.now() - first > ECHO_MS) again(code);
    });
  }
}
