/**
 * Personal data apart from everything else: each person's values are encrypted under a key of their own, and whoever
 * destroys the key has erased the values wherever copies of them are (GDPR Article 17; NIST SP 800-88 section 2.6,
 * cryptographic erase).
 */
export interface Vault {
  /**
   * The value as text that only the vault can read; bound to the subject and to what it is for (`purpose`, nothing by
   * default), so that it cannot be moved to another place. Makes the subject's key at first use. Rejects for a subject
   * that was erased.
   */
  seal(subject: string, plain: string, purpose?: string): Promise<string>;
  /**
   * The value; undefined when the subject was erased, which another process may notice up to 5 s later. Throws a
   * TamperError for text that the vault did not make for this subject and purpose.
   */
  open(subject: string, sealed: string, purpose?: string): Promise<string | undefined>;
  /**
   * Destroys the subject's key for good; false when there was none, in particular at the second time, which finishes
   * what the first one left undone. Afterwards no copy or backup can be opened, and nothing can be sealed for the subject.
   */
  erase(subject: string): Promise<boolean>;
}
