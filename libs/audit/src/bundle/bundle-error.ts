/** What is wrong with a bundle, as docs/audit.md section 5 names it. */
export type BundleFault =
  | 'E_ZIP'
  | 'E_LIMIT'
  | 'E_MANIFEST'
  | 'E_ROOT'
  | 'E_CONSISTENCY'
  | 'E_PROOF'
  | 'E_COMPLETENESS'
  | 'E_OPENING'
  | 'E_ATTACHMENT'
  | 'E_MACHINE';

/** A part of a bundle does not have the form of docs/audit.md section 4. The message names the part, never its values. */
export class BundleError extends Error {
  override readonly name = 'BundleError';
  constructor(
    readonly code: BundleFault,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
