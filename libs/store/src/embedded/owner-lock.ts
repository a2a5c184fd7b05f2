import { randomBytes } from 'node:crypto';
import { link, readdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, EmbeddedPostgresError, useOwnServer } from './errors.js';
import { type ProcessIdentity, identityOf, isRunning } from './process-identity.js';

/**
 * One owner a folder, among the processes of one machine (of one pid namespace: containers that share a volume do not see
 * each other's processes, and a network file system does not show another machine's).
 *
 * The claims are files `owner.<n>.lock`; whoever made the one with the highest number owns the folder while that process
 * runs and has not released it. A claim is never removed while it is the highest: an heir makes number n+1, which the file
 * system grants to one alone, and only then clears the lower ones. So there is no moment at which two heirs of a crashed
 * owner can both take a stale lock away, which is what remove-and-recreate schemes suffer from.
 */
export interface OwnerLock {
  /** Gives the folder up; a folder that is gone by now is no error. */
  release(): Promise<void>;
}

/** What a claim holds; an owner that released it, or one that cannot be read, is undefined. */
interface Claim {
  readonly generation: number;
  readonly owner: ProcessIdentity | undefined;
}

/** More rounds than any plausible crowd of starters needs; each lost round means that another one went forward. */
const MAX_ROUNDS = 100;

/**
 * Makes this process the owner of the folder. A crashed owner's claim is inherited. Fails `in_use`, naming the pid, while
 * the owner runs, be it this very process.
 */
export async function claimFolder(folder: string): Promise<OwnerLock> {
  const me = identityOf(process.pid) ?? { pid: process.pid, born: 'unknown' };
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const latest = await latestClaim(folder);
    if (latest === 'changed') continue;
    if (latest.owner !== undefined && isRunning(latest.owner)) throw inUse(folder, latest.owner.pid);
    const mine = latest.generation + 1;
    if (!(await placeClaim(folder, mine, me))) continue;
    const others = (await generations(folder)).filter((generation) => generation !== mine);
    if (others.some((generation) => generation > mine)) {
      await removeClaim(folder, mine);
      continue;
    }
    await Promise.all(others.map((generation) => removeClaim(folder, generation)));
    return { release: () => releaseClaim(folder, mine) };
  }
  throw new EmbeddedPostgresError(
    'in_use',
    `Too many processes are opening the data folder ${folder} at once; start only one, or ${useOwnServer}.`,
  );
}

function inUse(folder: string, pid: number): EmbeddedPostgresError {
  const who =
    pid === process.pid ? `this process already (pid ${pid})` : `another Cordon process (pid ${pid})`;
  return new EmbeddedPostgresError(
    'in_use',
    `The data folder ${folder} is open in ${who}: stop that one first, name another data folder, or ${useOwnServer}.`,
  );
}

async function latestClaim(folder: string): Promise<Claim | 'changed'> {
  const generation = Math.max(0, ...(await generations(folder)));
  if (generation === 0) return { generation, owner: undefined };
  try {
    return { generation, owner: parseOwner(await readFile(claimPath(folder, generation), 'utf8')) };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return 'changed';
    throw error;
  }
}

/** Text that is no claim can only come from a torn disk or another hand: a claim appears whole or not at all. */
function parseOwner(text: string): ProcessIdentity | undefined {
  try {
    const { pid, born } = JSON.parse(text) as Partial<ProcessIdentity>;
    return typeof pid === 'number' && typeof born === 'string' ? { pid, born } : undefined;
  } catch {
    return undefined;
  }
}

/** False when another process was first with this number. Linking a written file makes it appear with its content. */
async function placeClaim(folder: string, generation: number, owner: ProcessIdentity): Promise<boolean> {
  const draft = await writeDraft(folder, JSON.stringify(owner));
  try {
    await link(draft, claimPath(folder, generation));
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  } finally {
    await unlink(draft);
  }
}

async function releaseClaim(folder: string, generation: number): Promise<void> {
  try {
    await rename(await writeDraft(folder, JSON.stringify({ released: true })), claimPath(folder, generation));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

async function writeDraft(folder: string, text: string): Promise<string> {
  const draft = join(folder, `owner.draft-${randomBytes(6).toString('hex')}`);
  await writeFile(draft, `${text}\n`, { flag: 'wx', mode: 0o644 });
  return draft;
}

async function removeClaim(folder: string, generation: number): Promise<void> {
  await unlink(claimPath(folder, generation)).catch((error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw error;
  });
}

async function generations(folder: string): Promise<number[]> {
  const names = await readdir(folder);
  return names
    .map((name) => Number(/^owner\.(\d+)\.lock$/.exec(name)?.[1]))
    .filter((n) => Number.isSafeInteger(n));
}

function claimPath(folder: string, generation: number): string {
  return join(folder, `owner.${generation}.lock`);
}
