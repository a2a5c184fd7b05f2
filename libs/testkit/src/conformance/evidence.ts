import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { EpochMs } from '@cordon/kernel';
import type { EvidenceStore, ReceivedFile } from '@cordon/runtime';

export interface EvidenceStoreUnderTest {
  readonly store: EvidenceStore;
  /** A moment after everything that was kept until now. */
  later(): EpochMs;
  close(): Promise<void>;
}

const nobody = (): Promise<ReadonlySet<string>> => Promise.resolve(new Set<string>());
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

/** What every place for evidence files does. */
export function evidenceConformance(make: () => Promise<EvidenceStoreUnderTest>): void {
  describe('a place for evidence', () => {
    let under: EvidenceStoreUnderTest;
    beforeEach(async () => {
      under = await make();
    });
    afterEach(() => under.close());

    const received = async (...texts: readonly string[]): Promise<ReceivedFile> => {
      const receipt = await under.store.receive(chunks(...texts), 1_000_000);
      if (receipt.outcome !== 'received') throw new Error(receipt.outcome);
      return receipt.file;
    };
    const contentOf = async (hash: string): Promise<string | undefined> => {
      const file = await under.store.open(hash);
      if (!file) return undefined;
      const parts: Uint8Array[] = [];
      for await (const part of file.read()) parts.push(part);
      await file.close();
      const content = Buffer.concat(parts);
      expect(content).toHaveLength(file.sizeBytes);
      return content.toString();
    };

    test('a file is there under its hash once it is kept, and not before', async () => {
      const file = await received('ran', 'som ', 'note');
      expect(file).toMatchObject({ sha256: sha256('ransom note'), sizeBytes: 11 });
      expect(Buffer.from(file.head).toString()).toBe('ransom note');
      expect(await contentOf(file.sha256)).toBeUndefined();
      await file.keep();
      await file.settle();
      expect(await contentOf(file.sha256)).toBe('ransom note');
      expect(await contentOf(file.sha256)).toBe('ransom note');
    });

    test('an empty file is a file', async () => {
      const file = await received();
      await file.keep();
      expect(await contentOf(sha256(''))).toBe('');
    });

    test('one byte more than allowed is too much, announced or not', async () => {
      expect((await under.store.receive(chunks('12345'), 5)).outcome).toBe('received');
      expect((await under.store.receive(chunks('123', '456'), 5)).outcome).toBe('too_large');
      expect((await under.store.receive(chunks('1'), 5, 6)).outcome).toBe('too_large');
    });

    test('what breaks on the way rejects with its own error', async () => {
      const broken = async function* (): AsyncGenerator<Uint8Array> {
        yield Buffer.from('half');
        throw new Error('the cable');
      };
      await expect(under.store.receive(broken(), 100)).rejects.toThrow('the cable');
    });

    test('nothing that is not a hash names a file', async () => {
      for (const name of [
        '',
        '..',
        '../../etc/passwd',
        'A'.repeat(64),
        `${'a'.repeat(63)}/`,
        sha256('none'),
      ]) {
        expect(await under.store.open(name)).toBeUndefined();
      }
    });

    test('a sweep removes what no entry came to name, and nothing else', async () => {
      const [orphan, settled, wanted] = [
        await received('orphan'),
        await received('settled'),
        await received('wanted'),
      ];
      for (const file of [orphan, settled, wanted]) await file.keep();
      await settled.settle();
      const asked: string[] = [];
      const removed = await under.store.sweep(under.later(), async (hashes) => {
        asked.push(...hashes);
        return new Set([wanted.sha256]);
      });
      expect(removed).toBe(1);
      expect(asked).not.toContain(settled.sha256);
      expect(await Promise.all([orphan, settled, wanted].map((file) => contentOf(file.sha256)))).toEqual([
        undefined,
        'settled',
        'wanted',
      ]);
      expect(await under.store.sweep(under.later(), nobody)).toBe(0);
      expect(await contentOf(wanted.sha256)).toBe('wanted');
    });

    test('a sweep leaves alone what is younger', async () => {
      const file = await received('young');
      await file.keep();
      expect(await under.store.sweep(0, nobody)).toBe(0);
      expect(await contentOf(file.sha256)).toBe('young');
    });

    test('the same content from two uploads at once is there once, whichever of them is entered', async () => {
      const [one, two] = await Promise.all([received('same'), received('same')]);
      await Promise.all([one.keep(), two.keep()]);
      await two.settle();
      const entered = (): Promise<ReadonlySet<string>> => Promise.resolve(new Set([two.sha256]));
      expect(await under.store.sweep(under.later(), entered)).toBe(0);
      expect(await contentOf(two.sha256)).toBe('same');
    });

    test('a discarded file leaves nothing', async () => {
      const file = await received('denied');
      await file.discard();
      expect(await contentOf(file.sha256)).toBeUndefined();
      expect(await under.store.sweep(under.later(), nobody)).toBe(0);
    });
  });
}
