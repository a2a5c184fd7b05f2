import type { HistoryExports } from '@cordon/runtime';

/** Name under which the container holds the exports over the log. */
export const HISTORY_EXPORTS = Symbol('HistoryExports');

/** Null in a process without a log. */
export type Exports = HistoryExports | null;
