/**
 * C2SP tlog-policy: the auditor's own file, which says whose signatures count.
 *
 *     log NAME+HEX+BASE64
 *     witness other-team WITNESS+HEX+BASE64
 *     group others any other-team
 *     quorum others
 */
import { quote } from './fields.js';
import { COSIGNATURE, ED25519, parseVkey, type Vkey } from './vkey.js';
import { NoteError } from './note-error.js';

export interface PolicyLog {
  readonly vkey: Vkey;
  readonly url?: string;
}

export interface PolicyGroup {
  /** How many of the members it takes, 1 to their number. */
  readonly threshold: number;
  /** Names of witnesses and groups; none is in two groups. */
  readonly members: readonly string[];
}

export interface Policy {
  readonly logs: readonly PolicyLog[];
  /** By the name that the policy gives them, which is not that of their key. */
  readonly witnesses: ReadonlyMap<string, PolicyLog>;
  readonly groups: ReadonlyMap<string, PolicyGroup>;
  /** A witness, a group, or `none`. */
  readonly quorum: string;
}

/** A policy that cannot be used. The message names the line and what is to be done. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
  constructor(
    /** From 1; absent for what is missing from the whole file. */
    readonly line: number | undefined,
    message: string,
  ) {
    super(line === undefined ? `policy: ${message}` : `policy, line ${line}: ${message}`);
  }
}

const NONE = 'none';
const MAX_POLICY_LINES = 10_000;

/** Reads a policy. Throws a PolicyError at the first line that is not one. */
export function parsePolicy(text: string): Policy {
  const lines = text.split('\n');
  if (lines.length > MAX_POLICY_LINES)
    throw new PolicyError(
      undefined,
      `it has more than ${MAX_POLICY_LINES} lines, which is as many as are read`,
    );
  const draft = new PolicyDraft();
  for (const [at, line] of lines.entries()) draft.read(at + 1, line);
  return draft.policy();
}

/** Whether these witnesses, by the policy's names for them, are enough. */
export function quorumMet(policy: Policy, witnessNames: ReadonlySet<string>): boolean {
  const witnessed = (name: string): boolean => {
    const group = policy.groups.get(name);
    if (group === undefined) return policy.witnesses.has(name) && witnessNames.has(name);
    return group.members.filter(witnessed).length >= group.threshold;
  };
  return policy.quorum === NONE || witnessed(policy.quorum);
}

class PolicyDraft {
  private readonly logs: PolicyLog[] = [];
  private readonly witnesses = new Map<string, PolicyLog>();
  private readonly groups = new Map<string, PolicyGroup>();
  private readonly members = new Set<string>();
  private readonly logKeys = new Set<string>();
  private readonly witnessKeys = new Set<string>();
  private quorum: string | undefined;
  private line = 0;

  read(line: number, text: string): void {
    this.line = line;
    // eslint-disable-next-line no-control-regex
    const control = /[\0-\x08\x0a-\x1f\x7f]/.exec(text);
    if (control?.[0] === '\r')
      throw this.fault('it ends with a carriage return; save the file with Unix line ends');
    if (control !== null)
      throw this.fault(`the control character ${quote(control[0])} is not allowed; remove it`);
    const [word, ...items] = text.split(/[ \t]+/).filter((item) => item !== '');
    if (word === undefined || word.startsWith('#')) return;
    if (word === 'log') this.addLog(items);
    else if (word === 'witness') this.addWitness(items);
    else if (word === 'group') this.addGroup(items);
    else if (word === 'quorum') this.setQuorum(items);
    else throw this.fault(`${quote(word)} is none of log, witness, group and quorum`);
  }

  policy(): Policy {
    if (this.quorum === undefined)
      throw new PolicyError(
        undefined,
        'there is no quorum; add "quorum none", or the name of a witness or group',
      );
    return { logs: this.logs, witnesses: this.witnesses, groups: this.groups, quorum: this.quorum };
  }

  private addLog([vkey, url, ...more]: readonly string[]): void {
    if (vkey === undefined || more.length > 0) throw this.fault('write it as: log VKEY [URL]');
    this.logs.push({ vkey: this.key(vkey, ED25519, this.logKeys), ...(url === undefined ? {} : { url }) });
  }

  private addWitness([name, vkey, url, ...more]: readonly string[]): void {
    if (name === undefined || vkey === undefined || more.length > 0)
      throw this.fault('write it as: witness NAME VKEY [URL]');
    this.claim(name);
    const key = this.key(vkey, COSIGNATURE, this.witnessKeys);
    this.witnesses.set(name, { vkey: key, ...(url === undefined ? {} : { url }) });
  }

  private addGroup([name, count, ...members]: readonly string[]): void {
    if (name === undefined || count === undefined || members.length === 0)
      throw this.fault('write it as: group NAME all|any|NUMBER MEMBER…');
    this.claim(name);
    for (const member of members) {
      this.known(member);
      if (this.members.has(member))
        throw this.fault(`${quote(member)} is already in a group; it counts only once`);
      this.members.add(member);
    }
    this.groups.set(name, { threshold: this.threshold(count, members.length), members });
  }

  private setQuorum([name, ...more]: readonly string[]): void {
    if (name === undefined || more.length > 0) throw this.fault('write it as: quorum NAME, or: quorum none');
    if (this.quorum !== undefined) throw this.fault('there is a quorum already; keep one of the two');
    if (name !== NONE) this.known(name);
    this.quorum = name;
  }

  private threshold(count: string, members: number): number {
    if (count === 'all') return members;
    if (count === 'any') return 1;
    const number = /^[1-9]\d{0,4}$/.test(count) ? Number(count) : 0;
    if (number < 1 || number > members)
      throw this.fault(`${quote(count)} is none of all, any, and 1 to ${members} (the number of members)`);
    return number;
  }

  /** Two keys are the same when their public keys are, whatever they are called. */
  private key(text: string, type: number, seen: Set<string>): Vkey {
    const vkey = this.vkey(text);
    if (vkey.type !== type)
      throw this.fault(
        `the key of a ${type === ED25519 ? 'log' : 'witness'} has type ${type}, this one ${vkey.type}`,
      );
    const hex = vkey.publicKey.toString('hex');
    if (seen.has(hex))
      throw this.fault(`the key ${quote(vkey.name)} stands here already; remove one of the two`);
    seen.add(hex);
    return vkey;
  }

  private vkey(text: string): Vkey {
    try {
      return parseVkey(text);
    } catch (error) {
      throw error instanceof NoteError ? this.fault(error.message) : error;
    }
  }

  private claim(name: string): void {
    if (name === NONE) throw this.fault('the name "none" is taken; choose another');
    if (this.isDefined(name)) throw this.fault(`the name ${quote(name)} is taken; choose another`);
  }

  private known(name: string): void {
    if (!this.isDefined(name)) throw this.fault(`${quote(name)} is no witness or group of a line above`);
  }

  private isDefined(name: string): boolean {
    return this.witnesses.has(name) || this.groups.has(name);
  }

  private fault(message: string): PolicyError {
    return new PolicyError(this.line, message);
  }
}
