/** Waits until whatever else has come up is done: a report is long, and responders come first. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
