/** What an event holds about people, taken out of it and locked before it goes to the door. */
import { randomUUID } from 'node:crypto';
import { textFlaw, type EpochMs, type Json, type JsonObject } from '@cordon/kernel';
import type { FieldError } from '@cordon/engine';
import type { PersonalValue } from './entries.js';
import type { People } from './people.js';
import { lockValue } from './personal.js';
import type { Vault } from './vault.js';
import type { EventCommand } from './views.js';

export interface KeepDependencies {
  readonly people: People;
  /** Absent only where nobody's data is kept: then values about people are refused. */
  readonly vault?: Vault;
  readonly salt: () => string;
}

/** The event without what is about people, and that, locked. */
export interface KeptApart {
  readonly data: JsonObject | undefined;
  readonly note: string | undefined;
  readonly personal: readonly PersonalValue[];
  /** Id of whom the note is about. */
  readonly about?: string;
}

/** Members of events that hold somebody's name, and on which nothing is ever decided. */
const NAMES: Readonly<Record<string, string>> = { 'evidence.add': 'collectedBy' };

/** The engine's limit for a line; longer ones are left for it to refuse. */
const MAX_LINE = 500;

/**
 * A name that is a person's here is locked for that person; any other for a subject of its own (`outsider:<uuid>`), so
 * that it can be erased by itself. Somebody unknown in `about` is a field error, and the note is then not kept at all.
 */
export async function keepApart(
  deps: KeepDependencies,
  command: Pick<EventCommand, 'type' | 'note' | 'about'>,
  data: JsonObject | undefined,
  now: EpochMs,
  errors: FieldError[],
): Promise<KeptApart> {
  const personal: PersonalValue[] = [];
  const lock = async (subject: string, key: string, value: Json): Promise<void> => {
    if (deps.vault) personal.push(await lockValue(deps.vault, subject, key, value, deps.salt()));
    else errors.push({ pointer: pointerOf(key), message: 'personal data is not kept here' });
  };
  let { note } = command;
  let about: string | undefined;
  if (command.about !== undefined) {
    about = (await deps.people.resolve(command.about, now))?.id;
    if (about === undefined)
      errors.push({
        pointer: '/about',
        message: 'there is not exactly one active person of that id or name',
      });
    else if (note !== undefined) await lock(about, 'note', note);
    note = undefined;
  }
  const member = Object.hasOwn(NAMES, command.type) ? NAMES[command.type] : undefined;
  const name = member === undefined ? undefined : data?.[member];
  if (member === undefined || !isName(name)) return { data, note, personal, ...(about && { about }) };
  const key = `data.${member}`;
  const subject = await subjectOf(deps.people, name, now);
  if (subject !== undefined) await lock(subject, key, name);
  else
    errors.push({
      pointer: pointerOf(key),
      message: 'several people have that name, or one who is not active: give the id',
    });
  const { [member]: _, ...rest } = data ?? {};
  return { data: rest, note, personal, ...(about && { about }) };
}

/** Undefined where the name is that of people here, and not of exactly one who is active: it would outlive them. */
async function subjectOf(people: People, name: string, now: EpochMs): Promise<string | undefined> {
  const person = await people.resolve(name, now);
  if (person) return person.id;
  return (await people.isSomebodysName(name)) ? undefined : `outsider:${randomUUID()}`;
}

function isName(value: Json | undefined): value is string {
  return (
    typeof value === 'string' &&
    value.trim() !== '' &&
    value.length <= MAX_LINE &&
    textFlaw(value) === undefined
  );
}

function pointerOf(key: string): string {
  return `/${key.replaceAll('.', '/')}`;
}
