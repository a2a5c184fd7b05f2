/** A playbook being written from another format, and its way out: printed, read back by the real parser, reported. */
import { invariant, type Json } from '@cordon/kernel';
import { MAX_PLAYBOOK_CHARS, parsePlaybook } from '@cordon/playbook';
import { Document } from 'yaml';
import type { ImportFormat, ImportResult } from '../import-result.js';
import { Names } from './names.js';
import type { Report } from './report.js';

/** A plain object as it will be printed. */
export type Written = Record<string, Json>;

/** What an importer may be told. */
export interface ImportOptions {
  /** Id of the playbook; made from its title otherwise. */
  readonly id?: string;
  /** Language of the texts, `en` by default. With several, each gets the same text, for translators to replace. */
  readonly languages?: readonly string[];
  /** `free` (the default) lets what the source does not order be done in any order; `sequence` takes the written order. */
  readonly order?: 'free' | 'sequence';
}

const MOST_TEXT = 8000;
const LANGUAGE = /^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$/;
const ID = /^[a-z][a-z0-9-]{0,63}$/;

/** Steps of a playbook. */
export const MOST_STEPS = 500;

/** The role of every step of which the source names no other. */
export const DEFAULT_ROLE = 'responder';

/** Collects the parts of a playbook; `finish` makes the answer of an importer of them. */
export class Draft {
  readonly names = new Names();
  readonly roles: Written[] = [];
  readonly facts: Written[] = [];
  readonly closure: Written[] = [];
  readonly markings: Written[] = [];
  readonly phases: Written[] = [];
  readonly languages: readonly string[];
  readonly #roleIds = new Names();
  readonly #roleOf = new Map<string, string>();

  constructor(
    readonly format: ImportFormat,
    readonly options: ImportOptions,
    readonly report: Report,
  ) {
    const wanted = [...new Set(options.languages ?? [])].filter((tag) => LANGUAGE.test(tag));
    if (wanted.length < (options.languages?.length ?? 0)) {
      report.warning('', 'a language that is no tag such as en or zh-Hant, or is named twice, was left out');
    }
    this.languages = wanted.length > 0 ? wanted : ['en'];
    if (this.languages.length > 1) {
      report.warning('', `the texts stand untranslated under each of ${this.languages.join(', ')}`);
    }
    this.#roleIds.take(DEFAULT_ROLE);
    this.roles.push({ id: DEFAULT_ROLE, title: this.text('Responder', '') });
  }

  /** A text in every language of the playbook; what is too long is cut, and said. */
  text(words: string, pointer: string): Written {
    let kept = words.trim();
    invariant(kept !== '', 'a text of a playbook holds something');
    if (kept.length > MOST_TEXT) {
      this.report.warning(
        pointer,
        `a text of ${kept.length} characters was cut to ${MOST_TEXT}; the whole is in origin`,
      );
      kept = `${kept.slice(0, MOST_TEXT - 2).toWellFormed()} …`;
    }
    return Object.fromEntries(this.languages.map((language) => [language, kept]));
  }

  /** The member `instructions`, or nothing where there is nothing to say. Paragraphs that are empty fall away. */
  instructions(paragraphs: readonly (string | undefined)[], pointer: string): Written {
    const words = paragraphs.filter((part) => part !== undefined && part.trim() !== '').join('\n\n');
    return words === '' ? {} : { instructions: this.text(words, pointer) };
  }

  /** The id of a role that the source calls so. */
  role(title: string, pointer: string): string {
    const known = this.#roleOf.get(title.toLowerCase());
    if (known !== undefined) return known;
    if (/^(administrator|coordinator|responder)$/i.test(title)) return title.toLowerCase();
    const id = this.#roleIds.idFor(title, 'role');
    this.#roleOf.set(title.toLowerCase(), id);
    this.roles.push({ id, title: this.text(title, pointer) });
    return id;
  }

  /** Prints the playbook with what it was made from, reads it back, and counts the steps. */
  finish(head: {
    readonly title: string;
    readonly version?: string;
    readonly summary: readonly (string | undefined)[];
    /** Lines at the top of the file that say what was guessed. */
    readonly comment: string;
    readonly document: Json;
    readonly inSource: number;
  }): ImportResult {
    const { report, format } = this;
    const steps = this.#countSteps();
    if (steps > MOST_STEPS) {
      report.error(
        '',
        `the playbook would have ${steps} steps; at most ${MOST_STEPS} are possible: split it`,
      );
    }
    if (report.failed) return report.refused(format);
    const counted = report.count(head.inSource);
    const summary = head.summary.filter((part) => part !== undefined && part.trim() !== '').join('\n\n');
    const playbook: Written = {
      cordon: 1,
      id: this.#id(head.title),
      version: this.#version(head.version),
      languages: this.languages,
      title: this.text(head.title, ''),
      summary: this.text(summary === '' ? head.title : summary, ''),
      roles: this.roles,
      ...(this.facts.length > 0 ? { facts: this.facts } : {}),
      phases: this.phases,
      flow: this.phases.map((phase) => phase.id ?? null),
      ...(this.closure.length > 0 ? { closure: this.closure } : {}),
      ...(this.markings.length > 0 ? { markings: this.markings } : {}),
    };
    const source = this.#print(playbook, head.comment, head.document);
    const parsed = parsePlaybook(source);
    for (const finding of parsed.findings) {
      const message = `the playbook made from this document: ${finding.message} (${finding.path})`;
      if (finding.severity === 'error') report.error('', message);
      else report.warning('', message);
    }
    if (report.failed || !parsed.playbook) return report.refused(format);
    return { format, source, playbook: parsed.playbook, findings: report.findings(), steps: counted };
  }

  #print(playbook: Written, comment: string, document: Json): string {
    const printed = (value: Written): string => {
      const doc = new Document(value, { aliasDuplicateObjects: false });
      doc.commentBefore = comment
        .split('\n')
        .map((line) => ` ${line}`)
        .join('\n');
      return doc.toString({ lineWidth: 0 });
    };
    const whole = printed({ ...playbook, origin: { format: this.format, document } });
    if (whole.length <= MAX_PLAYBOOK_CHARS) return whole;
    this.report.warning(
      '',
      'with the original in it the playbook would be too long: keep the original beside it',
    );
    return printed(playbook);
  }

  #id(title: string): string {
    const { id } = this.options;
    if (id !== undefined && ID.test(id)) return id;
    if (id !== undefined)
      this.report.warning('', 'the id asked for is none: use lower-case letters, digits and hyphens');
    return new Names().idFor(title, 'playbook');
  }

  #version(written: string | undefined): string {
    const parts = /^v?(\d{1,6})(?:\.(\d{1,6}))?(?:\.(\d{1,6}))?$/.exec(written?.trim() ?? '');
    if (written !== undefined && !parts)
      this.report.note('', 'the version of the original is no number: 1.0.0 is used');
    return parts ? [parts[1], parts[2] ?? '0', parts[3] ?? '0'].map(Number).join('.') : '1.0.0';
  }

  #countSteps(): number {
    let count = 0;
    const left: Json[] = [this.phases];
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      if (Array.isArray(next)) left.push(...(next as Json[]));
      else if (typeof next === 'object' && next !== null) {
        if ('task' in next || 'decision' in next) count += 1;
        for (const key of ['steps', 'parallel', 'answers', 'then']) {
          const member = (next as Written)[key];
          if (member !== undefined) left.push(member);
        }
      }
    }
    return count;
  }
}

/** A title that fits on a line: the first sentence, at most 120 characters. `rest` is there when something was cut. */
export function shortTitle(words: string): { readonly title: string; readonly rest?: string } {
  const line = words.replaceAll(/\s+/g, ' ').trim();
  if (line.length <= 120) return { title: line };
  const sentence = /^.{10,119}?[.!?。！？](?=\s|$|[^ -~])/u.exec(line)?.[0];
  const cut = sentence ?? `${(/^.{1,117}(?=\s)/u.exec(line)?.[0] ?? line.slice(0, 117)).toWellFormed()} …`;
  return { title: cut, rest: words.trim() };
}
