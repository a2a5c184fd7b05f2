import { TamperError } from '@cordon/kernel';

/** What to do is the same for all that can be wrong with the log: nothing of it mends itself. */
const MEND =
  'Nothing is signed until a person has looked. Keep this database as it is; put back one that has not been changed, or, ' +
  'where what is missing is gone for good, run "cordon audit recover", which makes the loss part of the history ' +
  '(docs/audit.md, section 7).';

/** Every TamperError of this work says what to do. */
export async function mending<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof TamperError && !error.message.includes(MEND))
      throw new TamperError(`${error.message.replace(/\.?$/, '.')} ${MEND}`, { cause: error });
    throw error;
  }
}
