/** Lines that run along a column of boxes, each in a lane of its own where they pass the same rows. */

/** Rows that a line passes, both ends included. */
export interface Span {
  readonly low: number;
  readonly high: number;
}

/** The lane of each span, so that spans in one lane never meet; short ones lie further in. O(spans²). */
export function lanesOf(spans: readonly Span[]): readonly number[] {
  const order = spans
    .map((_, index) => index)
    .toSorted((a, b) => lengthOf(spans[a]) - lengthOf(spans[b]) || a - b);
  const taken: Span[][] = [];
  const lanes = spans.map(() => 0);
  for (const index of order) {
    const span = spans[index];
    if (!span) continue;
    const free = taken.findIndex((lane) =>
      lane.every((other) => other.high < span.low || other.low > span.high),
    );
    const at = free === -1 ? taken.length : free;
    (taken[at] ??= []).push(span);
    lanes[index] = at;
  }
  return lanes;
}

function lengthOf(span: Span | undefined): number {
  return span ? span.high - span.low : 0;
}
