/**
 * Verifies a bundle: docs/audit.md section 5, levels 1 to 4, and with a replayer level 5. Reads nothing but the bundle.
 * Streaming: memory is one frontier, one head for each chain, the names of evidence files and of who was erased. What an
 * attacker may have written is limited before it is parsed, and hashed as it stands.
 */
import type { Manifest } from '../bundle/manifest.js';
import { openZip, type RandomAccess } from '../bundle/zip-read.js';
import type { Policy } from '../note/policy.js';
import type { Vkey } from '../note/vkey.js';
import { ChainBook } from './chain-book.js';
import { checkCompleteness, readHeads } from './complete.js';
import { asRefused, Faults, RANK } from './faults.js';
import {
  attachmentsIn,
  checkAttachments,
  checkViews,
  digestRest,
  viewsIn,
  type ViewWriter,
} from './files.js';
import { Findings } from './findings.js';
import { HistoryFault, historyOf, type BundleHistory } from './history.js';
import {
  CONSISTENCY,
  CHECKPOINT,
  ENTRIES,
  EXAMPLE_POLICY,
  GAPS,
  HEADS,
  OPENINGS,
  readMembers,
  type Members,
} from './members.js';
import { notChecked, type NotChecked } from './not-checked.js';
import { OpeningCheck } from './opening-check.js';
import { passOver, type Passed } from './pass.js';
import { checkOlder, checkProofs, checkSince, readProofs, type ProofFile } from './proofs.js';
import { LEVEL_NAMES, type LevelNumber, type LevelReport, type Report } from './report.js';
import {
  checkAgainst,
  checkManifestNote,
  checkQuorum,
  claimedBy,
  keysInForce,
  logKeys,
  readCheckpoint,
  readOlder,
  signedByOrigin,
  type Claimed,
  type OlderCheckpoint,
} from './signed.js';
import { readTimestamps, type VerifyTimestamp } from './timestamps.js';
import { Windows } from './windows.js';

export interface VerifyOptions {
  /** The auditor's own. Without it the log's key is taken from the bundle, which the report says. */
  readonly policy?: Policy;
  /** A checkpoint, as a signed note, that the auditor kept. */
  readonly since?: string;
  /** Levels up to this one; 4 without it, 5 where there is a replayer. */
  readonly upTo?: LevelNumber;
  readonly verifyTimestamp?: VerifyTimestamp;
  /** Those that write the views again, to compare. */
  readonly views?: readonly ViewWriter[];
  /** Plays every event; throws a HistoryFault. Gives back what it counted, and what it could not judge. */
  readonly replay?: (
    history: BundleHistory,
  ) => Promise<Pick<LevelReport, 'checked'> & Pick<Report, 'notChecked'>>;
  /** Told now and then how many entries were read, and of how many. */
  readonly onProgress?: (entries: number, of: number) => void;
}

/** Resolves for whatever the bytes are; rejects where the source cannot be read, or a hook fails for a reason of its own. */
export async function verifyBundle(source: RandomAccess, options: VerifyOptions = {}): Promise<Report> {
  const upTo = options.upTo ?? (options.replay ? 5 : 4);
  const verification = new Verification(source, { ...options, upTo });
  try {
    await verification.run();
  } catch (error) {
    verification.faults.take(error, RANK.form);
  }
  return verification.report();
}

class Verification {
  readonly faults = new Faults();
  private members: Members | undefined;
  private readonly counts: Record<LevelNumber, Record<string, number>> = {
    1: {},
    2: {},
    3: {},
    4: {},
    5: {},
  };
  private readonly notChecked: NotChecked[] = [];
  private erased: Report['erased'] = [];

  constructor(
    private readonly source: RandomAccess,
    private readonly options: VerifyOptions & { readonly upTo: LevelNumber },
  ) {}

  async run(): Promise<void> {
    const { options, faults } = this;
    const zip = await openZip(this.source);
    const members = await readMembers(zip);
    this.members = members;
    this.counts[1] = { members: zip.members.length, bytes: this.source.size };
    const { keys, checkpoint } = await this.signedCheckpoint(members);
    const older = await readOlder(members, options.policy, faults);
    const since = options.since === undefined ? undefined : this.sinceNote(options.since, keys);
    const proofs = await readProofs(members, faults);
    const heads = await readHeads(members, faults);
    await digestRest(members, restOf(members));
    const claims = [...(checkpoint ? [checkpoint] : []), ...older];
    const stamps = await readTimestamps(members, claims, options.verifyTimestamp, faults);
    const chains = new ChainBook(members.manifest.scope, logName(members.manifest), faults);
    const openings = new OpeningCheck(faults);
    const findings = new Findings(members.manifest, heads?.leaf);
    const cosigned = [...claims, ...(since ? [since] : [])].flatMap((one) =>
      one.cosignedAt.map((at) => ({ size: one.checkpoint.size, at })),
    );
    const passed = await passOver({
      ...{ members, faults, chains, openings, findings },
      windows: new Windows([...cosigned, ...stamps.witnessed], faults),
      wantedLeaves: new Set(proofs.map(({ proof }) => proof.index)),
      wantedSizes: new Set(since ? [since.checkpoint.size] : []),
      onProgress: (entries) => options.onProgress?.(entries, members.manifest.entries),
    });
    checkManifestNote(members, findings.keys, passed.openingsRead && openings.sound, faults);
    this.checkTree(members, { passed, checkpoint, older, since, proofs, keys }, findings);
    const incomplete = checkCompleteness({
      ...{ manifest: members.manifest, chains, findings, heads, faults },
      hasHeads: members.listed.has(HEADS),
    });
    this.counts[2] = { entries: passed.entries, chains: chains.count };
    this.checkTimes(checkpoint, cosigned.length, stamps);
    this.checkErased(openings, findings);
    const left = checkAttachments(members, findings, faults);
    this.counts[4] = {
      ...{
        openings: openings.opened,
        withheld: openings.withheld,
        attachments: attachmentsIn(members).length,
      },
    };
    if (options.upTo >= 2) this.notChecked.push(...incomplete);
    if (options.upTo >= 4) this.notChecked.push(...left);
    await this.secondPass(members);
  }

  /** The log's keys and its checkpoint; a fault in them is taken, and the rest is read all the same. */
  private async signedCheckpoint(
    members: Members,
  ): Promise<{ readonly keys: readonly Vkey[]; readonly checkpoint: Claimed | undefined }> {
    const { policy } = this.options;
    if (!policy) this.notChecked.push(notChecked('log_key'));
    let keys: readonly Vkey[] = [];
    try {
      keys = await logKeys(members, policy);
      const checkpoint = await readCheckpoint(members, keys, policy);
      checkAgainst(members.manifest, checkpoint.checkpoint, this.faults);
      return { keys, checkpoint };
    } catch (error) {
      this.faults.take(error, RANK.checkpoint, { path: CHECKPOINT });
      return { keys, checkpoint: undefined };
    }
  }

  private sinceNote(text: string, keys: readonly Vkey[]): Claimed | undefined {
    const path = 'the checkpoint that was kept';
    try {
      const since = claimedBy(Buffer.from(text), path, this.options.policy);
      signedByOrigin(since.note, since.checkpoint, keys);
      return since;
    } catch (error) {
      const refused = asRefused(error, RANK.consistency);
      if (!refused) throw error;
      this.faults.add(refused.rank, refused.code, `${path}: ${refused.message}`);
      return undefined;
    }
  }

  private checkTree(members: Members, tree: Tree, { keys: announced }: Findings): void {
    const { faults } = this;
    const { passed, checkpoint, older, since, proofs, keys } = tree;
    const { manifest } = members;
    this.counts[1] = {
      ...this.counts[1],
      ...{ leaves: passed.size, shown: passed.entries, older: older.length, proofs: proofs.length },
    };
    if (passed.entries !== manifest.entries)
      faults.add(
        RANK.manifest,
        'E_MANIFEST',
        `MANIFEST.json names ${manifest.entries} leaves; ${passed.entries} are shown`,
        {
          path: 'MANIFEST.json',
        },
      );
    if (!checkpoint) return;
    const { size, root } = checkpoint.checkpoint;
    if (passed.gapsRead && passed.size !== size)
      faults.add(
        RANK.size,
        'E_SIZE',
        `the checkpoint is of ${size} leaves; the bundle accounts for ${passed.size}`,
        {
          path: ENTRIES,
        },
      );
    else if (Buffer.compare(passed.root, root) !== 0)
      faults.add(RANK.root, 'E_ROOT', 'the leaves do not have the root that the checkpoint says', {
        path: ENTRIES,
      });
    // A key that the proved tree announces signed what came before the auditor knew the present one.
    checkOlder(older, checkpoint, [...keys, ...keysInForce(announced, 'log', true)], faults);
    if (since) {
      this.counts[1]['kept'] = 1;
      checkSince(since, checkpoint, older, passed, faults);
    }
    checkProofs(proofs, checkpoint, passed, keys, this.options.policy, faults);
  }

  private checkTimes(
    checkpoint: Claimed | undefined,
    cosignatures: number,
    stamps: Awaited<ReturnType<typeof readTimestamps>>,
  ): void {
    const { policy, upTo } = this.options;
    if (policy && checkpoint) checkQuorum(policy, checkpoint, this.faults);
    this.counts[3] = { cosignatures, timestamps: stamps.checked };
    if (upTo < 3) return;
    if (!policy) this.notChecked.push(notChecked('witnesses'));
    else if (policy.quorum === 'none') this.notChecked.push(notChecked('no_quorum'));
    this.notChecked.push(...stamps.notChecked);
    if (cosignatures + stamps.witnessed.length === 0) this.notChecked.push(notChecked('recorded_times'));
  }

  /** Each person whose values are withheld was erased. */
  private checkErased({ withheldOf }: OpeningCheck, { erasures }: Findings): void {
    this.erased = [...withheldOf].flatMap(([subject, { values, first, incident, seq }]) => {
      const by = erasures.get(subject);
      if (by !== undefined) return [{ subject, by, values }];
      const message = `the leaf ${first}: a value is withheld, and no entry that is shown says that ${subject} was erased`;
      this.faults.add(RANK.opening, 'E_SUPPRESSED', message, { index: first, incident, seq });
      return [];
    });
  }

  /** Views and replay read the entries again, once they are known to be sound. */
  private async secondPass(members: Members): Promise<void> {
    const { faults, options } = this;
    const { upTo, replay, views = [] } = options;
    const history = historyOf(members);
    if (upTo >= 4 && !faults.upTo(4)) {
      const { checked, unknown } = await checkViews(members, views, () => history.records(), faults);
      this.counts[4]['views'] = checked;
      if (unknown.length > 0) this.notChecked.push(notChecked('views', { paths: unknown }));
    } else if (upTo >= 4 && viewsIn(members).length > 0) {
      this.counts[4]['views'] = 0;
    }
    if (!replay || upTo < 5) {
      this.notChecked.push(replay ? notChecked('replay_not_asked', { upTo }) : notChecked('replay'));
      return;
    }
    if (faults.first) return;
    try {
      const { checked, notChecked: left } = await replay(history);
      this.counts[5] = { ...checked };
      this.notChecked.push(...left);
    } catch (error) {
      if (!(error instanceof HistoryFault)) throw error;
      faults.add(RANK.replay, error.code, error.message, error.place);
    }
  }

  report(): Report {
    const { upTo, replay } = this.options;
    const last = replay ? upTo : Math.min(upTo, 4);
    const found = this.faults.first;
    const fault = found && found.level <= last ? found : undefined;
    const levels = LEVEL_NAMES.map((name, i): LevelReport => {
      const level = (i + 1) as LevelNumber;
      const outcome =
        level > last
          ? 'not asked'
          : !fault || level < fault.level
            ? 'holds'
            : level === fault.level
              ? 'fails'
              : 'not reached';
      const checked = outcome === 'holds' || outcome === 'fails' ? this.counts[level] : {};
      return { level, name, outcome, checked };
    });
    const { manifest } = this.members ?? {};
    return {
      ok: fault === undefined,
      ...(manifest ? { bundle: aboutBundle(manifest) } : {}),
      levels,
      ...(fault ? { fault } : {}),
      notChecked: this.notChecked,
      erased: fault && fault.level < 4 ? [] : this.erased,
    };
  }
}

interface Tree {
  readonly passed: Passed;
  readonly checkpoint: Claimed | undefined;
  readonly older: readonly OlderCheckpoint[];
  readonly since: Claimed | undefined;
  readonly proofs: readonly ProofFile[];
  readonly keys: readonly Vkey[];
}

function aboutBundle({ origin, scope, checkpoint, entries }: Manifest): NonNullable<Report['bundle']> {
  const root = Buffer.from(checkpoint.root).toString('base64');
  return { origin, scope: { ...scope }, size: checkpoint.size, root, entries };
}

/** Leaves name the log as it was called before it was recovered. */
function logName({ origin }: Manifest): string {
  return origin.replace(/\/r(?:[2-9]|[1-9]\d+)$/, '');
}

/** Members that are read for their digest alone; the others are read where they are needed. */
function restOf({ listed }: Members): readonly string[] {
  const read: readonly string[] = [CHECKPOINT, CONSISTENCY, GAPS, ENTRIES, OPENINGS, HEADS, EXAMPLE_POLICY];
  return [...listed.keys()].filter(
    (path) => !read.includes(path) && !path.startsWith('proofs/') && !path.startsWith('log/timestamps/'),
  );
}
