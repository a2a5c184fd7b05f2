import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { invariant, TamperError } from '@cordon/kernel';
import type { Vault } from '@cordon/runtime';
import { awkward } from './setup.js';

export interface VaultUnderTest {
  readonly vault: Vault;
  /** A second vault over the same data, as another process would have it; the same one where there is no other. */
  another(): Promise<Vault>;
  close(): Promise<void>;
}

/** Every vault passes these tests. `makeVault` is asked for an empty one before each of them. */
export function vaultConformance(name: string, makeVault: () => Promise<VaultUnderTest>): void {
  describe(`${name} keeps the vault's contract`, () => {
    let current: VaultUnderTest | undefined;
    const bench = (): VaultUnderTest => {
      invariant(current, 'the vault is set up before each test');
      return current;
    };
    beforeEach(async () => {
      current = await makeVault();
    });
    afterEach(() => current?.close());

    test('what was sealed opens again, here and in another process, and does not show what it holds', async () => {
      const { vault } = bench();
      const other = await bench().another();
      for (const plain of [...awkward, 'Chan Tai Man', '陳大文', 'x'.repeat(20_000)]) {
        const sealed = await vault.seal('p-1', plain);
        if (plain !== '') expect(sealed).not.toContain(plain);
        expect(await vault.open('p-1', sealed)).toBe(plain);
        expect(await other.open('p-1', sealed)).toBe(plain);
      }
    });

    test('the same value is sealed differently each time', async () => {
      const { vault } = bench();
      expect(await vault.seal('p-1', 'Ada')).not.toBe(await vault.seal('p-1', 'Ada'));
    });

    test("one person's value does not open as another's, nor for another purpose", async () => {
      const { vault } = bench();
      const sealed = await vault.seal('p-1', 'Ada', 'name');
      await vault.seal('p-2', 'Bob');
      expect(await vault.open('p-1', sealed, 'name')).toBe('Ada');
      await expect(vault.open('p-2', sealed, 'name')).rejects.toThrow(TamperError);
      await expect(vault.open('p-1', sealed, 'email')).rejects.toThrow(TamperError);
      await expect(vault.open('p-1', sealed)).rejects.toThrow(TamperError);
    });

    test('text that the vault did not make, or that was changed, is tampering and not an erasure', async () => {
      const { vault } = bench();
      const sealed = await vault.seal('p-1', 'Ada');
      for (const text of ['', 'Ada', `${sealed}A`, sealed.slice(0, -4), sealed.replace(/.{3}$/, 'AAA')]) {
        await expect(vault.open('p-1', text)).rejects.toThrow(TamperError);
      }
      await expect(vault.open('p-9', sealed)).rejects.toThrow(TamperError);
    });

    test('an erased person opens nowhere any more, and the others are as they were', async () => {
      const { vault } = bench();
      const [ada, bob] = [await vault.seal('p-1', 'Ada'), await vault.seal('p-2', 'Bob')];
      expect(await vault.erase('p-1')).toBe(true);
      expect(await vault.open('p-1', ada)).toBeUndefined();
      expect(await vault.open('p-2', bob)).toBe('Bob');
      const other = await bench().another();
      expect(await other.open('p-1', ada)).toBeUndefined();
      expect(await other.open('p-2', bob)).toBe('Bob');
      expect(await other.seal('p-3', 'Eve').then((sealed) => vault.open('p-3', sealed))).toBe('Eve');
    });

    test('nothing is sealed for an erased person again, here or elsewhere', async () => {
      const { vault } = bench();
      await vault.seal('p-1', 'Ada');
      await vault.erase('p-1');
      await expect(vault.seal('p-1', 'Ada')).rejects.toThrow('p-1');
      const other = await bench().another();
      await expect(other.seal('p-1', 'Ada')).rejects.toThrow('p-1');
    });

    test('erasing twice, or somebody of whom nothing was kept, finds nothing to erase', async () => {
      const { vault } = bench();
      await vault.seal('p-1', 'Ada');
      expect(await vault.erase('p-1')).toBe(true);
      expect(await vault.erase('p-1')).toBe(false);
      expect(await vault.erase('p-9')).toBe(false);
      await expect(vault.seal('p-9', 'late')).rejects.toThrow('p-9');
    });

    test('what is sealed for newcomers while others are erased opens afterwards', async () => {
      const { vault } = bench();
      const other = await bench().another();
      const ids = Array.from({ length: 24 }, (_, i) => `n-${i}`);
      for (const id of ids.slice(0, 6)) await vault.seal(`gone-${id}`, 'gone');
      const [sealed] = await Promise.all([
        Promise.all(ids.map((id, i) => (i % 2 ? vault : other).seal(id, id))),
        Promise.all(ids.slice(0, 6).map((id, i) => (i % 2 ? other : vault).erase(`gone-${id}`))),
      ]);
      const fresh = await bench().another();
      for (const [i, id] of ids.entries()) {
        expect(await fresh.open(id, sealed[i] ?? '')).toBe(id);
        expect(await vault.open(id, sealed[i] ?? '')).toBe(id);
      }
    });

    test('two at once make one key, and several erasures at once all happen', async () => {
      const { vault } = bench();
      const other = await bench().another();
      const both = await Promise.all(
        Array.from({ length: 12 }, (_, i) => (i % 2 ? vault : other).seal('p-1', `value ${i}`)),
      );
      for (const [i, sealed] of both.entries()) expect(await vault.open('p-1', sealed)).toBe(`value ${i}`);
      const people = Array.from({ length: 8 }, (_, i) => `q-${i}`);
      const sealed = await Promise.all(people.map((id) => vault.seal(id, id)));
      const kept = await vault.seal('kept', 'kept');
      const erased = await Promise.all(people.map((id, i) => (i % 2 ? vault : other).erase(id)));
      expect(erased).toEqual(people.map(() => true));
      const rest = await Promise.all(people.map((id, i) => other.open(id, sealed[i] ?? '').catch(String)));
      // The other process may go on for some seconds with keys that it has seen; it has seen none of these.
      expect(rest).toEqual(people.map(() => undefined));
      expect(await other.open('kept', kept)).toBe('kept');
      expect(await vault.open('kept', kept)).toBe('kept');
    });
  });
}
