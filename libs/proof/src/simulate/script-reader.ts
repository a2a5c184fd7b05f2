import { durationMs, fromIso, isJsonObject, type EpochMs, type Json, type JsonObject } from '@cordon/kernel';

const MAX_PROBLEMS = 50;

/** Reads members of a script; what does not fit is noted with its place, and reading goes on with a harmless value. */
export class ScriptReader {
  readonly problems: string[] = [];

  /** Notes a problem; after fifty of them the rest is left unsaid. */
  add(place: string, problem: string): void {
    if (this.problems.length < MAX_PROBLEMS)
      this.problems.push(place === '' ? problem : `${place} ${problem}`);
  }

  /** Every member is one of these. */
  keys(of: JsonObject, known: readonly string[], place: string): void {
    for (const key of Object.keys(of)) {
      if (!known.includes(key)) {
        this.add(place === '' ? key : `${place}.${key}`, `is not known here: there are ${known.join(', ')}`);
      }
    }
  }

  object(value: Json | undefined, place: string): JsonObject {
    if (value !== undefined && isJsonObject(value)) return value;
    this.add(place, 'must be a mapping');
    return {};
  }

  list(value: Json | undefined, place: string): readonly Json[] {
    if (Array.isArray(value)) return value as readonly Json[];
    this.add(place, 'must be a list');
    return [];
  }

  each<T>(value: Json, place: string, read: (one: Json, place: string) => T): Readonly<Record<string, T>> {
    const entries = Object.entries(this.object(value, place));
    return Object.fromEntries(entries.map(([key, one]) => [key, read(one, `${place}.${key}`)]));
  }

  text(value: Json | undefined, place: string): string {
    if (typeof value === 'string' && value !== '') return value;
    this.add(place, 'must be a text');
    return '';
  }

  /** One text, or a list of them. */
  texts(value: Json, place: string): readonly string[] {
    if (typeof value === 'string') return [value];
    return this.list(value, place).map((one, n) => this.text(one, `${place}[${n}]`));
  }

  count(value: Json, place: string): number {
    if (Number.isSafeInteger(value) && Number(value) >= 0) return Number(value);
    this.add(place, 'must be a whole number');
    return 0;
  }

  oneOf<T extends string>(value: Json, known: readonly T[], place: string): T {
    const found = known.find((one) => one === value);
    if (found === undefined) this.add(place, `must be one of ${known.join(', ')}`);
    return found ?? (known[0] as T);
  }

  instant(value: Json, place: string): EpochMs {
    const at = typeof value === 'string' ? fromIso(value) : undefined;
    if (at === undefined) {
      this.add(place, 'must be a date and time with its offset, such as 2026-03-24T10:00:00+08:00');
    }
    return at ?? 0;
  }

  duration(value: Json, place: string): number {
    const ms = typeof value === 'string' ? durationMs(value) : undefined;
    if (ms === undefined) this.add(place, 'must be a duration such as PT30M or P2D');
    return ms ?? 0;
  }
}
