/** What a bundle holds besides the log: evidence files and playbooks. */
import { createHash } from 'node:crypto';
import { formatMachine } from '@cordon/audit';
import { TamperError } from '@cordon/kernel';
import { AlteredEvidenceError } from '../evidence.js';
import type { BundleParts } from './bundle-ports.js';
import type { Survey } from './bundle-survey.js';

/** Before anything is sent: a file that is not there. */
export async function checkFiles({ evidence }: BundleParts, { files }: Survey): Promise<void> {
  for (const sha256 of files) {
    const file = await evidence?.open(sha256);
    if (!file) throw new AlteredEvidenceError(`the evidence file ${sha256} is not there`);
    await file.close();
  }
}

/** The file, the last piece of it only when the whole has its hash. */
export async function* evidenceFile({ evidence }: BundleParts, sha256: string): AsyncGenerator<Uint8Array> {
  const file = await evidence?.open(sha256);
  if (!file) throw new AlteredEvidenceError(`the evidence file ${sha256} is not there`);
  try {
    const hash = createHash('sha256');
    let held: Uint8Array | undefined;
    for await (const chunk of file.read()) {
      hash.update(chunk);
      if (held) yield held;
      held = chunk;
    }
    if (hash.digest('hex') !== sha256)
      throw new AlteredEvidenceError(`the evidence file ${sha256} is not the one that was collected`);
    if (held) yield held;
  } finally {
    await file.close();
  }
}

/** The playbooks that decided. Throws a TamperError where one is not stored. */
export async function machineDocuments(
  { playbooks }: BundleParts,
  { machines }: Survey,
): Promise<readonly { readonly digest: string; readonly text: string }[]> {
  const documents: { digest: string; text: string }[] = [];
  for (const digest of machines) {
    const playbook = await playbooks.byDigest(digest);
    if (!playbook) throw new TamperError(`the playbook ${digest}, by which was decided, is not stored`);
    const { id, version, source } = playbook;
    documents.push({ digest, text: formatMachine({ digest, id, version, source }) });
  }
  return documents;
}
