import type { ColumnOptions } from 'typeorm';

/** Every moment is kept to the millisecond, as `EpochMs` is, so that it comes back equal to what was written. */
export const instant = { type: 'timestamptz', precision: 3 } as const satisfies ColumnOptions;
