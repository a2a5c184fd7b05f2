/** Ids for the Cordon playbook, the same for the same document: from the ids of its steps, not from their names. */

/** `If the VPN is down` to `if-the-vpn-is-down`; empty where nothing of the text can stand in an id. */
export function slug(text: string, length: number): string {
  const words = text
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, length);
  return words.replaceAll(/^[^a-z]+|-+$/g, '');
}

const TYPED = /^([a-z][a-z-]{0,30})--([0-9a-f]{8})-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** `action--6398eb05-3eb8-…` becomes `action-6398eb05`; what is already taken gets a number. */
export class Names {
  private readonly taken = new Set<string>();

  constructor(taken: Iterable<string> = []) {
    for (const id of taken) this.taken.add(id);
  }

  of(key: string, fallback: string): string {
    const [, type, start] = TYPED.exec(key) ?? [];
    const base = type !== undefined && start !== undefined ? `${type}-${start.toLowerCase()}` : '';
    return this.claim(base === '' ? `${fallback}-${slug(key, 32) || 'x'}` : base);
  }

  claim(base: string): string {
    let id = base;
    for (let n = 2; this.taken.has(id); n += 1) id = `${base}-${n}`;
    this.taken.add(id);
    return id;
  }
}
