/** The entries of a bundle read once more, after they were found to be sound. */
import { parseMachine, type MachineDocument, type OpeningsLine } from '../bundle/documents.js';
import type { BundleScope } from '../bundle/manifest.js';
import { digestOf, leafHash } from '../leaf.js';
import { asRefused, RANK } from './faults.js';
import type { HistoryRecord } from './files.js';
import { asLeaf } from './leaf-form.js';
import { Lines, MAX_ENTRY_LINE, MAX_LINE } from './lines.js';
import { ENTRIES, GAPS, MAX_DOCUMENT, OPENINGS, textOf, type Members } from './members.js';
import { parseOpenings } from './openings-line.js';
import { parseGap } from '../bundle/documents.js';
import { readStrict } from './strict-json.js';
import type { FaultPlace } from './report.js';

/** A fault that a replay found. */
export class HistoryFault extends Error {
  override readonly name = 'HistoryFault';
  constructor(
    readonly code: 'E_MACHINE' | 'E_REPLAY',
    message: string,
    readonly place: FaultPlace = {},
  ) {
    super(message);
  }
}

/** What a replay gets. */
export interface BundleHistory {
  readonly scope: BundleScope;
  /** Every entry that is shown, in the order of the log; from the first at each call. */
  records(): AsyncGenerator<HistoryRecord>;
  /** Digests of the playbooks in the bundle. */
  readonly machines: readonly string[];
  /** A playbook whose source has the digest. Throws a HistoryFault where there is none. */
  machine(digest: string): Promise<MachineDocument>;
}

const MACHINES = 'machines/';

export function historyOf(members: Members): BundleHistory {
  return {
    scope: members.manifest.scope,
    records: () => recordsIn(members),
    machines: [...members.listed.keys()]
      .filter((path) => path.startsWith(MACHINES))
      .map((path) => path.slice(MACHINES.length, -'.json'.length)),
    machine: (digest) => machineIn(members, digest),
  };
}

async function machineIn(members: Members, digest: string): Promise<MachineDocument> {
  const path = `${MACHINES}${digest}.json`;
  if (!members.listed.has(path))
    throw new HistoryFault('E_MACHINE', `the playbook ${digest} that an entry names is not in the bundle`, {
      path,
    });
  let document: MachineDocument;
  try {
    document = parseMachine(textOf(await members.zip.bytes(path, MAX_DOCUMENT)));
  } catch (error) {
    const refused = asRefused(error, RANK.replay);
    throw refused ? new HistoryFault('E_MACHINE', `${path}: ${refused.message}`, { path }) : error;
  }
  if (document.digest !== digest || digestOf(document.source) !== digest)
    throw new HistoryFault('E_MACHINE', `${path} holds a source with another SHA-256`, { path });
  return document;
}

async function* recordsIn({ zip }: Members): AsyncGenerator<HistoryRecord> {
  const leaves = new Lines(ENTRIES, MAX_ENTRY_LINE, zip.stream(ENTRIES));
  const openings = new Lines(OPENINGS, MAX_LINE, zip.stream(OPENINGS));
  const gaps = new Lines(GAPS, MAX_LINE, zip.stream(GAPS));
  const nextGap = async () => {
    const line = await gaps.next();
    return line && parseGap(textOf(line));
  };
  const nextOpenings = async (): Promise<OpeningsLine | undefined> => {
    const line = await openings.next();
    return line && parseOpenings(line);
  };
  let [gap, mine] = [await nextGap(), await nextOpenings()];
  for (let index = 0; ; index += 1) {
    for (; gap?.start === index; gap = await nextGap()) index += 2 ** gap.level;
    const line = await leaves.next();
    if (line === undefined) return;
    const read = readStrict(line);
    if (read.flaw !== undefined) return;
    const bytes = Uint8Array.from(line);
    const hash = Buffer.from(leafHash(bytes)).toString('hex');
    const shown = mine?.index === index ? mine.openings : [];
    if (mine?.index === index) mine = await nextOpenings();
    yield { index, hash, leaf: asLeaf(read.value), bytes, openings: shown };
  }
}
