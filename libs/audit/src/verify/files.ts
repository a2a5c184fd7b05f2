/** Evidence files and views: what is beside the log. */
import type { ShownOpening } from '../bundle/documents.js';
import type { Leaf } from '../leaf.js';
import { RANK, type Faults } from './faults.js';
import type { Findings } from './findings.js';
import { digested, type Members } from './members.js';
import { notChecked, type NotChecked } from './not-checked.js';

const ATTACHMENTS = 'attachments/';
const VIEWS = 'views/';

/** An entry as it is shown. */
export interface HistoryRecord {
  readonly index: number;
  /** Hex. */
  readonly hash: string;
  readonly leaf: Leaf;
  readonly bytes: Uint8Array;
  readonly openings: readonly ShownOpening[];
}

/** Writes a view from the records as the writer of bundles does. */
export interface ViewWriter {
  readonly path: string;
  write(
    records: () => AsyncIterable<HistoryRecord>,
    about: { readonly origin: string; readonly ref?: string; readonly size: number },
  ): AsyncIterable<string | Uint8Array>;
}

/** Digests of the files that came with the bundle. */
export function attachmentsIn({ listed }: Members): readonly string[] {
  return [...listed.keys()]
    .filter((path) => path.startsWith(ATTACHMENTS))
    .map((path) => path.slice(ATTACHMENTS.length));
}

/** The files are those that entries name: every one where the manifest says so, and no other. */
export function checkAttachments(
  members: Members,
  { files }: Findings,
  faults: Faults,
): readonly NotChecked[] {
  const { attachments } = members.manifest;
  // A bundle of the log may hold tens of thousands.
  const there = new Set(attachmentsIn(members));
  const named = new Map(files.map((file) => [file.sha256, file]));
  const fault = (message: string, place: object): void =>
    faults.add(RANK.attachment, 'E_ATTACHMENT', message, place);
  for (const digest of there) {
    const path = `${ATTACHMENTS}${digest}`;
    if (members.listed.get(path) !== digest) fault(`${path} is a file with another SHA-256`, { path });
    else if (!named.has(digest)) fault(`${path} is named by no entry that is shown`, { path });
  }
  const [first] = there;
  if (attachments !== 'included' && first !== undefined)
    fault(`MANIFEST.json says that attachments are ${attachments}, and there are ${there.size}`, {
      path: `${ATTACHMENTS}${first}`,
    });
  const missing = files.find(({ sha256 }) => !there.has(sha256));
  if (!missing || attachments === 'left out')
    return missing ? [notChecked('evidence_files', { count: named.size })] : [];
  const { sha256, ...place } = missing;
  fault(`the evidence file ${sha256} that leaf ${missing.index} names is missing`, place);
  return [];
}

/** Writes every view again and compares. Gives back those for which there is no writer. */
export async function checkViews(
  members: Members,
  writers: readonly ViewWriter[],
  records: () => AsyncIterable<HistoryRecord>,
  faults: Faults,
): Promise<{ readonly checked: number; readonly unknown: readonly string[] }> {
  const { scope, origin, checkpoint } = members.manifest;
  const ref = scope.kind === 'incident' ? { ref: scope.ref } : {};
  const paths = viewsIn(members);
  const unknown: string[] = [];
  for (const path of paths) {
    const writer = writers.find((one) => one.path === path);
    if (!writer) {
      unknown.push(path);
      continue;
    }
    const written = writer.write(records, { origin, size: checkpoint.size, ...ref });
    if (!(await isSame(members.zip.stream(path), written)))
      faults.add(RANK.view, 'E_VIEW', `${path} does not say what the entries say`, { path });
  }
  return { checked: paths.length - unknown.length, unknown };
}

export function viewsIn({ listed }: Members): readonly string[] {
  return [...listed.keys()].filter((path) => path.startsWith(VIEWS));
}

/** Reads members that nothing else reads, for their digests. */
export async function digestRest(members: Members, paths: readonly string[]): Promise<void> {
  for (const path of paths) for await (const _chunk of digested(members, path));
}

/** Whether two streams are the same bytes, whatever their chunks are. */
async function isSame(a: AsyncIterable<Uint8Array>, b: AsyncIterable<string | Uint8Array>): Promise<boolean> {
  const left = a[Symbol.asyncIterator]();
  const right = b[Symbol.asyncIterator]();
  let [x, y]: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)];
  let [moreX, moreY] = [true, true];
  try {
    for (;;) {
      while (moreX && x.length === 0) {
        const next = await left.next();
        if (next.done === true) moreX = false;
        else x = Buffer.from(next.value);
      }
      while (moreY && y.length === 0) {
        const next = await right.next();
        if (next.done === true) moreY = false;
        else y = Buffer.from(next.value);
      }
      if (x.length === 0 || y.length === 0) return x.length === y.length;
      const both = Math.min(x.length, y.length);
      if (!x.subarray(0, both).equals(y.subarray(0, both))) return false;
      x = x.subarray(both);
      y = y.subarray(both);
    }
  } finally {
    await left.return?.(undefined);
    await right.return?.(undefined);
  }
}
