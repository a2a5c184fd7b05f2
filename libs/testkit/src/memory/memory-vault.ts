import { randomUUID } from 'node:crypto';
import { InvariantError, TamperError } from '@cordon/kernel';
import type { Vault } from '@cordon/runtime';

interface Sealed {
  readonly subject: string;
  readonly purpose: string;
  readonly plain: string;
}

/** A vault that keeps the values itself and hands out names for them. */
export class MemoryVault implements Vault {
  private readonly values = new Map<string, Sealed>();
  private readonly subjects = new Set<string>();
  private readonly erased = new Set<string>();

  async seal(subject: string, plain: string, purpose = ''): Promise<string> {
    if (this.erased.has(subject))
      throw new InvariantError(`nothing can be sealed for ${subject}, who was erased`);
    this.subjects.add(subject);
    const sealed = `sealed:${randomUUID()}`;
    this.values.set(sealed, { subject, purpose, plain });
    return sealed;
  }

  async open(subject: string, sealed: string, purpose = ''): Promise<string | undefined> {
    if (this.erased.has(subject)) return undefined;
    const value = this.values.get(sealed);
    if (value?.subject !== subject || value.purpose !== purpose)
      throw new TamperError('a sealed value does not open');
    return value.plain;
  }

  async erase(subject: string): Promise<boolean> {
    this.erased.add(subject);
    for (const [sealed, value] of this.values) if (value.subject === subject) this.values.delete(sealed);
    return this.subjects.delete(subject);
  }
}
