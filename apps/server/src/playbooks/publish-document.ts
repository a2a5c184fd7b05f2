import { detectFormat, importDocument, type ImportFinding, type ImportFormat } from '@cordon/exchange';
import type { Clock } from '@cordon/kernel';
import { publishPlaybook, type PlaybookStore, type Publication } from '@cordon/runtime';

/** What became of a document that somebody wants published. */
export interface PublishedDocument {
  readonly outcome: Publication['outcome'];
  readonly format: ImportFormat;
  readonly id?: string;
  readonly version?: string;
  readonly digest?: string;
  readonly findings: readonly PublishedFinding[];
}

/** Where it is: `line` and `column` in a Cordon playbook, `pointer` in any document. */
export interface PublishedFinding {
  readonly severity: ImportFinding['severity'];
  readonly message: string;
  readonly pointer: string;
  readonly line?: number;
  readonly column?: number;
}

/** A Cordon playbook is published as it is; any other format is turned into one, and that is published. */
export async function publishDocument(
  store: PlaybookStore,
  clock: Clock,
  text: string,
): Promise<PublishedDocument> {
  if (detectFormat(text) === 'cordon')
    return { format: 'cordon', ...published(await publishPlaybook(store, text, clock.now())) };
  const imported = importDocument(text);
  const { format, source, findings } = imported;
  if (source === undefined) return { outcome: 'refused', format, findings };
  const { publication, note } = await publishImported(store, clock, source);
  const result = published(publication);
  return { ...result, format, findings: [...findings, ...note, ...result.findings] };
}

/** Versions tried for one document. */
const MOST_VERSIONS = 100;

/**
 * Other tools give the same id and the same date to documents that differ. A version of ours never changes, so the
 * next free one is taken, and a finding says so; the same document sent again is found under the version it has.
 */
async function publishImported(
  store: PlaybookStore,
  clock: Clock,
  source: string,
): Promise<{ readonly publication: Publication; readonly note: readonly PublishedFinding[] }> {
  const first = await publishPlaybook(store, source, clock.now());
  let publication = first;
  let text = source;
  for (let tries = 1; publication.outcome === 'conflict' && tries < MOST_VERSIONS; tries += 1) {
    text = text.replace(VERSION, (_line, before: string, patch: string) => `${before}${Number(patch) + 1}`);
    publication = await publishPlaybook(store, text, clock.now());
  }
  if (publication === first) return { publication, note: [] };
  const { id = '', version = '' } = first;
  const message = `another document was published as ${id} ${version} before: this one is ${publication.version ?? ''}`;
  return { publication, note: [{ severity: 'warning', message, pointer: '' }] };
}

/** The last number of the version, in the text that an importer writes. */
const VERSION = /^(version: \d+\.\d+\.)(\d+)$/m;

function published({ outcome, id, version, digest, findings }: Publication): Omit<PublishedDocument, 'format'> {
  return {
    outcome,
    ...(id === undefined ? {} : { id }),
    ...(version === undefined ? {} : { version }),
    ...(digest === undefined ? {} : { digest }),
    findings: findings.map(({ severity, message, path, line, column }) => ({
      severity,
      message,
      pointer: path,
      line,
      column,
    })),
  };
}
