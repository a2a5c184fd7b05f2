import type { ColumnOptions, ValueTransformer } from 'typeorm';

/** bigint columns: the driver answers text. Ids stay far below 2^53, so a number carries them exactly. */
export const bigintNumber: ValueTransformer = {
  to: (value: unknown) => value,
  from: (text: string | null) => (text === null ? null : Number(text)),
};

/** Every moment is kept to the millisecond, as `EpochMs` is, so that it comes back equal to what was written. */
export const instant = { type: 'timestamptz', precision: 3 } as const satisfies ColumnOptions;
