/** What an importer has to say while it reads, and which step became what. */
import { invariant } from '@cordon/kernel';
import {
  NO_STEPS,
  type ImportFinding,
  type ImportFormat,
  type ImportResult,
  type ImportSeverity,
  type MappedStep,
  type StepCount,
} from '../import-result.js';

/** More findings of one kind than this are counted, not listed. */
const MOST_NAMED = 12;

/** Findings in the order in which they come, then the gathered ones; filled while a document is read. */
export class Report {
  readonly #findings: ImportFinding[] = [];
  readonly #gathered = new Map<
    string,
    { readonly pointer: string; readonly names: string[]; readonly severity: ImportSeverity }
  >();
  readonly #mapped = new Map<string, string[]>();
  readonly #unreachable: string[] = [];

  error(pointer: string, message: string): void {
    this.#findings.push({ severity: 'error', message, pointer });
  }

  warning(pointer: string, message: string): void {
    this.#findings.push({ severity: 'warning', message, pointer });
  }

  note(pointer: string, message: string): void {
    this.#findings.push({ severity: 'note', message, pointer });
  }

  /** One finding for all places that say the same; it names the first dozen, and points to the first. */
  gather(severity: 'warning' | 'note', message: string, pointer: string, name: string): void {
    const known = this.#gathered.get(message);
    if (known) known.names.push(name);
    else this.#gathered.set(message, { pointer, names: [name], severity });
  }

  /** A step of the original and what it became; called again, it became that too. */
  mapped(source: string, ...became: readonly string[]): void {
    this.#mapped.set(source, [...(this.#mapped.get(source) ?? []), ...became]);
  }

  /** A step that the flow of the original never comes to. The caller has not mapped it. */
  unreachable(source: string, pointer: string, message: string): void {
    this.#unreachable.push(source);
    this.warning(pointer, message);
  }

  get failed(): boolean {
    return this.#findings.some((finding) => finding.severity === 'error');
  }

  findings(): readonly ImportFinding[] {
    const gathered = [...this.#gathered].map(([message, { severity, pointer, names }]): ImportFinding => {
      const listed = [...new Set(names)];
      const more = listed.length > MOST_NAMED ? ` and ${listed.length - MOST_NAMED} more` : '';
      return { severity, message: `${message}: ${listed.slice(0, MOST_NAMED).join(', ')}${more}`, pointer };
    });
    return [...this.#findings, ...gathered];
  }

  /** @throws InvariantError when a step of the original was neither mapped nor reported: that would be a fault of the importer. */
  count(inSource: number): StepCount {
    const mapped = [...this.#mapped].map(([source, became]): MappedStep => ({ source, became }));
    invariant(
      mapped.length + this.#unreachable.length === inSource,
      `of ${inSource} steps ${mapped.length} were mapped and ${this.#unreachable.length} reported unreachable`,
    );
    return { inSource, reachable: mapped.length, unreachable: this.#unreachable, mapped };
  }

  /** The answer where the document cannot be imported. */
  refused(format: ImportFormat): ImportResult {
    invariant(this.failed, 'a document is refused for a reason');
    return { format, findings: this.findings(), steps: NO_STEPS };
  }
}
