/** Ids made from titles: valid, unique in their space, the same for the same document, and never a word of the machine. */
import { createHash } from 'node:crypto';
import { RESERVED_IDS } from '@cordon/playbook';

const MOST = 40;

/** What the machine refuses, what every JavaScript object calls its own, and words that would mislead in a playbook. */
const RESERVED = new Set([
  ...RESERVED_IDS,
  ...Object.getOwnPropertyNames(Object.prototype),
  ...['in-progress', 'problem', 'failed', 'passed', 'anytime', 'incident', 'system', 'group', 'answer'],
  ...['aware', 'onset', 'opened', 'awareAt', 'onsetAt', 'administrator', 'coordinator'],
]);

/** Letters that do not come apart into a Latin letter and a mark. */
const LATIN: Readonly<Record<string, string>> = {
  ß: 'ss',
  æ: 'ae',
  ø: 'o',
  œ: 'oe',
  ł: 'l',
  đ: 'd',
  ð: 'd',
  þ: 'th',
};

/** One space of names. */
export class Names {
  readonly #taken = new Set<string>();
  /** The number that the next of this name will try. */
  readonly #next = new Map<string, number>();

  /**
   * An id for what is called so: its Latin letters and digits, cut at a word. Where other scripts are left out, a hash of
   * the whole title stands in for them, so that the id does not depend on its place. A second of the same name gets `-2`.
   */
  idFor(title: string, kind: string): string {
    const base = wordsOf(title, kind);
    return this.#unique(RESERVED.has(base) ? `${kind}-${base}` : base);
  }

  /** The same in the manner of facts: `businessUnit`. */
  factFor(title: string): string {
    const camel = wordsOf(title.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2'), 'fact').replaceAll(
      /-([a-z0-9])/g,
      (_, letter: string) => letter.toUpperCase(),
    );
    return this.#unique(RESERVED.has(camel) ? `${camel}Fact` : camel, '');
  }

  /** Takes an id that is made elsewhere. */
  take(id: string): void {
    this.#taken.add(id);
  }

  #unique(base: string, joint = '-'): string {
    let id = base;
    for (let n = this.#next.get(base) ?? 2; this.#taken.has(id); n += 1) {
      id = `${base}${joint}${n}`;
      this.#next.set(base, n + 1);
    }
    this.#taken.add(id);
    return id;
  }
}

function wordsOf(title: string, kind: string): string {
  const plain = title
    .toLowerCase()
    .replaceAll(/[ßæøœłđðþ]/g, (letter) => LATIN[letter] ?? letter)
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/['’]/g, '');
  const words = plain.replaceAll(/[^a-z0-9]+/g, '-').replaceAll(/^-+|-+$/g, '');
  const lost = /[\p{L}\p{N}]/u.test(plain.replaceAll(/[a-z0-9]/g, ''));
  const cut = words.length <= MOST ? words : (/^.{1,40}(?=-)/.exec(words)?.[0] ?? words.slice(0, MOST));
  const id = [cut, ...(lost || cut === '' ? [hashOf(title)] : [])].filter((part) => part !== '').join('-');
  return /^[a-z]/.test(cut) ? id : `${kind}-${id}`;
}

function hashOf(title: string): string {
  return createHash('sha256').update(title.toWellFormed()).digest('hex').slice(0, 8);
}
