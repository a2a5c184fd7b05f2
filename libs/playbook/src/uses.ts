/** Which other playbooks a playbook uses, read before it is parsed, and where they are found. */
import { isJsonObject } from '@cordon/kernel';
import { parseDocument } from 'yaml';
import { MAX_DEPTH, tooDeepAt } from './nesting.js';
import { MAX_ALIASES, YAML_OPTIONS } from './yaml-options.js';

interface PlaybookUse {
  readonly id: string;
  readonly version: string;
}

/** A published playbook as it was written, and the hex SHA-256 of that. */
export interface PlaybookSource {
  readonly text: string;
  readonly digest: string;
}

/** Finds a published playbook; what `parsePlaybook` asks for those that a playbook uses. */
export type SourceFinder = (id: string, version: string) => PlaybookSource | undefined;

/** More playbooks than this are not fetched for one. */
const MAX_USES = 100;

/** Fetches every playbook that the text uses, directly or through others, each once. What is not found stays unknown. */
export async function gatherSources(
  text: string,
  find: (use: PlaybookUse) => Promise<PlaybookSource | undefined>,
): Promise<SourceFinder> {
  const found = new Map<string, PlaybookSource | undefined>();
  const wanted = [...playbooksUsed(text)];
  for (let use = wanted.shift(); use && found.size < MAX_USES; use = wanted.shift()) {
    const key = `${use.id} ${use.version}`;
    if (found.has(key)) continue;
    const source = await find(use);
    found.set(key, source);
    if (source) wanted.push(...playbooksUsed(source.text));
  }
  return (id, version) => found.get(`${id} ${version}`);
}

/** Every `use: {id, version}` of the text, each once; empty for what is not YAML. Never throws. O(size). */
function playbooksUsed(text: string): readonly PlaybookUse[] {
  if (!text.includes('use:') || tooDeepAt(text) !== undefined) return [];
  const doc = parseDocument(text, YAML_OPTIONS);
  if (doc.errors.length > 0) return [];
  const found = new Map<string, PlaybookUse>();
  const visit = (value: unknown, depth: number): void => {
    if (depth > MAX_DEPTH) return;
    if (Array.isArray(value)) return value.forEach((item) => visit(item, depth + 1));
    if (!isJsonObject(value)) return;
    const { use, playbook } = value;
    if (typeof playbook === 'string' && isJsonObject(use)) {
      const { id, version } = use;
      if (typeof id === 'string' && typeof version === 'string')
        found.set(`${id} ${version}`, { id, version });
    }
    for (const member of Object.values(value)) visit(member, depth + 1);
  };
  visit(plain(doc), 0);
  return [...found.values()];
}

/** Aliases that expand without end make the document unfit, and `parsePlaybook` says so. */
function plain(doc: ReturnType<typeof parseDocument>): unknown {
  try {
    return doc.toJS({ maxAliasCount: MAX_ALIASES });
  } catch {
    return undefined;
  }
}
