/**
 * Files that a rule lets off, by the rule's name. The list may only shrink: a line here that is no longer
 * needed fails the tests, and a new one needs a better reason than that the rule is in the way.
 */
const exceptions: Readonly<Record<string, readonly string[]>> = {
  // An auditor is handed one file, which needs nothing but Python.
  'file-length': ['libs/audit/python/verify.py'],
  // A published document, kept as its authors wrote it: the path is one of theirs.
  'machine-path': ['test/fixtures/cacao/examples/soarca-ssh.json'],
};

/** The offenders that nobody let off, and the exceptions that nobody needs any more. */
export function judge(
  rule: string,
  offenders: readonly string[],
): { offenders: string[]; needless: string[] } {
  const letOff = exceptions[rule] ?? [];
  const fileOf = (offender: string): string => offender.replace(/:.*$/, '');
  return {
    offenders: offenders.filter((offender) => !letOff.includes(fileOf(offender))),
    needless: letOff.filter((file) => !offenders.some((offender) => fileOf(offender) === file)),
  };
}
