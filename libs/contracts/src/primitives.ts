import { fromIso } from '@cordon/kernel';
import { z } from 'zod';
import { limits } from './limits.js';

/** 9999-12-31T00:00:00Z: later instants have no four-digit year everywhere. */
const lastMoment = 253_402_214_400_000;

/** RFC 3339 with an offset, between 1970 and 9999: a local time without an offset names no moment. */
export const Instant = z.iso
  .datetime({ offset: true, error: 'must be an RFC 3339 date and time with its offset', abort: true })
  .max(40)
  .refine((text) => isMoment(text), { error: 'must lie between 1970 and 9999' })
  .meta({
    id: 'Instant',
    description: 'RFC 3339 date and time with its offset.',
    examples: ['2025-02-22T10:00:00+08:00'],
  });

function isMoment(text: string): boolean {
  const at = fromIso(text);
  return at !== undefined && at >= 0 && at <= lastMoment;
}

/** Ids that people give to systems, phases, playbooks: letters, digits, dot, dash, underscore. */
export const Slug = z
  .string()
  .max(limits.id)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {
    error: 'must be letters, digits, dots, dashes and underscores',
  });

/** An affected system: a slug that still fits into the id of each of its steps. */
export const SystemId = Slug.max(64);

/** A step, which may belong to one affected system (`isolate@crm`). */
export const StepId = z
  .string()
  .max(2 * limits.id)
  .regex(/^[A-Za-z0-9][A-Za-z0-9._@:/-]*$/, {
    error: 'must be the id of a step',
  });

export const Ref = z
  .string()
  .max(20)
  .regex(/^(?:INC-)?[1-9]\d{0,14}$/i, { error: 'must be an incident, such as INC-17' })
  .meta({ examples: ['INC-17'] });

/** One line for people: no control characters, not blank. */
export const Line = z
  .string()
  .min(1)
  .max(limits.title)
  // eslint-disable-next-line no-control-regex -- they are what is refused
  .regex(/^(?=.*\S)[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$/, { error: 'must be one line of text' });

export const LongText = z.string().min(1).max(limits.text);

/** An opaque place in a list, from `nextCursor`. */
export const Cursor = z
  .string()
  .min(1)
  .max(1_000)
  .regex(/^[A-Za-z0-9_-]+$/, { error: 'must come from nextCursor' });

/** A whole number in a query: decimal digits and nothing else, so that `0x27`, `1e3` and ` 7` are none. */
export function wholeNumber(least: number, most = Number.MAX_SAFE_INTEGER): z.ZodType<number> {
  const error = `must be a whole number from ${least} to ${most}`;
  return z
    .string({ error })
    .regex(/^(?:0|[1-9]\d{0,15})$/, { error })
    .transform(Number)
    .pipe(z.number({ error }).min(least, { error }).max(most, { error }))
    .meta({ type: 'integer', minimum: least, maximum: most, pattern: undefined });
}

/** How many items a page has. */
export const PageLimit = wholeNumber(1, limits.page)
  .default(limits.pageDefault)
  .meta({ description: `How many items a page has: ${limits.pageDefault} when left out.` });

/** `true` or `false` in a query. */
export const Flag = z.enum(['true', 'false']).transform((text) => text === 'true');

/** How far something may be told: the Traffic Light Protocol 2.0. */
export const Tlp = z.enum(['clear', 'green', 'amber', 'amber+strict', 'red']).meta({ id: 'Tlp' });
