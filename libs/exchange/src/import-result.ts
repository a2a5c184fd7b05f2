/** What every importer answers. The published source is Cordon YAML; the original stays in it as `origin`. */
import type { Playbook } from '@cordon/playbook';

/** The formats that `importDocument` tells apart. */
export type ImportFormat = 'cordon' | 'cacao-2.0' | 'thehive' | 'xsoar' | 'markdown';

/** `error` refuses the document, `warning` asks a person to look, `note` says how something silent was read. */
export type ImportSeverity = 'error' | 'warning' | 'note';

export interface ImportFinding {
  readonly severity: ImportSeverity;
  /** Names the thing and the fix; never quotes what may be a secret. */
  readonly message: string;
  /** JSON pointer into the original (RFC 6901), or `line N` where the original is no JSON or YAML. `''` is the whole. */
  readonly pointer: string;
}

export interface MappedStep {
  /** The step in the original, as in the step's `source`. */
  readonly source: string;
  /** Ids of the steps and blocks of the Cordon playbook that it became; empty where it is pure structure (a start, an end). */
  readonly became: readonly string[];
}

/** Steps in are steps out: `inSource` = `reachable` + the length of `unreachable`, and every reachable one is mapped. */
export interface StepCount {
  readonly inSource: number;
  readonly reachable: number;
  /** Steps of the original that its flow never comes to, as in `source`. Each has a finding. */
  readonly unreachable: readonly string[];
  readonly mapped: readonly MappedStep[];
}

/**
 * `source` and `playbook` are present exactly when no finding is an error: `parsePlaybook(source)` gives `playbook`.
 * The same document gives the same source, byte for byte.
 */
export interface ImportResult {
  readonly format: ImportFormat;
  /** The text of a Cordon playbook. */
  readonly source?: string;
  readonly playbook?: Playbook;
  readonly findings: readonly ImportFinding[];
  readonly steps: StepCount;
}

/** No step was read, because the document could not be. */
export const NO_STEPS: StepCount = { inSource: 0, reachable: 0, unreachable: [], mapped: [] };
