/** What the verifier says of a bundle, also after something in it was changed and what stands above was made to fit. */
import { parsePolicy, verifyBundle, type Fault, type Report, type VerifyOptions } from '@cordon/audit';
import { linesIn, memorySource, packBundle, resealed, setLines, type TestBundle } from './bundle.js';

export const ENTRIES = 'log/entries.jsonl';
export const OPENINGS = 'log/openings.jsonl';

export const copyOf = (bundle: TestBundle): TestBundle => ({ ...bundle, parts: new Map(bundle.parts) });

/** With the policy that belongs to the bundle. */
export async function verify(bundle: TestBundle, options: VerifyOptions = {}): Promise<Report> {
  const policy = parsePolicy(bundle.policy);
  return verifyBundle(memorySource(await packBundle(bundle)), { policy, ...options });
}

/** The fault after a change to which the manifest was made to fit. */
export async function faultOf(
  bundle: TestBundle,
  change: (copy: TestBundle) => unknown,
  options: VerifyOptions = {},
): Promise<Fault | undefined> {
  const copy = copyOf(bundle);
  await change(copy);
  return (await verify(copy, options)).fault;
}

/** The fault after leaves of a whole log were changed and everything above them was made to fit. */
export async function faultOfLeaves(
  whole: TestBundle,
  change: (lines: string[]) => void,
): Promise<Fault | undefined> {
  const copy = copyOf(whole);
  const lines = linesIn(copy.parts, ENTRIES);
  change(lines);
  setLines(copy.parts, ENTRIES, lines);
  return (await verify(await resealed(copy))).fault;
}
