/**
 * Personal data in the history. A value about a person is locked for that person before it reaches the door, salt and
 * all; the leaf commits to it like to any other. Readers unlock it; when the person was erased they say that it is
 * withheld. Nothing that is decided upon may be such a value.
 */
import { commitmentTo, isOpen, type KeptOpening, type Opening } from '@cordon/audit';
import { canonicalJson, InvariantError, TamperError, type Json } from '@cordon/kernel';
import { keptOpenings, type PersonalValue } from './entries.js';
import type { ReadStore, StoredEntry } from './ports.js';
import type { Vault } from './vault.js';

/** What a sealed opening is for: it opens under the name that it was committed to with, and under no other. */
const purposeOf = (key: string): string => `opening ${key}`;

/** Locks one value. Rejects for a person who was erased. */
export async function lockValue(
  vault: Vault,
  subject: string,
  key: string,
  value: Json,
  salt: string,
): Promise<PersonalValue> {
  const sealed = await vault.seal(subject, canonicalJson([salt, value]), purposeOf(key));
  return { opening: { key, subject, sealed }, commitment: commitmentTo({ salt, key, value }) };
}

/** The entries with what the vault opens opened, and the rest withheld. Entries without personal data are as they were. */
export async function unlockEntries<Entry extends Pick<StoredEntry, 'openings'>>(
  vault: Vault | undefined,
  entries: readonly Entry[],
): Promise<readonly Entry[]> {
  return Promise.all(
    entries.map(async (entry) => {
      // Most have none, and parsing is what costs: a key of that name can be in a text, which does no harm.
      if (!entry.openings?.includes('"sealed":')) return entry;
      const openings = await Promise.all(keptOpenings(entry).map((opening) => unlock(vault, opening)));
      return { ...entry, openings: canonicalJson(openings) };
    }),
  );
}

/** The same store, whose entries come unlocked. */
export function unlockingReads<S extends Pick<ReadStore, 'entries'>>(store: S, vault: Vault | undefined): S {
  const entries: ReadStore['entries'] = async (id, afterSeq, limit) =>
    unlockEntries(vault, await store.entries(id, afterSeq, limit));
  return Object.create(store, { entries: { value: entries } }) as S;
}

async function unlock(vault: Vault | undefined, opening: KeptOpening): Promise<KeptOpening> {
  if (isOpen(opening) || 'withheld' in opening) return opening;
  if (!vault) throw new InvariantError('the history holds personal data, and there is no vault to open it');
  const { key, subject, sealed } = opening;
  const plain = await vault.open(subject, sealed, purposeOf(key));
  if (plain === undefined) return { key, subject, withheld: true };
  return { key, subject, ...saltAndValue(plain) };
}

function saltAndValue(plain: string): Pick<Opening, 'salt' | 'value'> {
  const [salt, value] = JSON.parse(plain) as [string, Json];
  if (typeof salt !== 'string') throw new TamperError('a sealed opening holds something else');
  return { salt, value };
}
