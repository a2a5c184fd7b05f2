/** What a test waits for, asked again and again with a bound: the bound is for failing, never for timing. */
export async function until<T>(
  what: string,
  boundMs: number,
  probe: () => Promise<T | undefined>,
  detail: () => unknown = () => '',
): Promise<T> {
  const giveUpAt = performance.now() + boundMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > giveUpAt) {
      throw new Error(`${what}: not within ${boundMs} ms. ${JSON.stringify(detail())}`);
    }
    await pause(25);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
