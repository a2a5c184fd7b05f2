/** The three files that may be chosen, or dropped. */
export type FileKind = 'bundle' | 'policy' | 'since';

/** No policy and no checkpoint is larger. */
export const MAX_TEXT_BYTES = 1024 * 1024;

/** What a file is by how it begins; undefined for a file that is none of them. */
export async function kindOf(file: Blob): Promise<FileKind | undefined> {
  const head = new Uint8Array(await file.slice(0, 4).arrayBuffer());
  if (head[0] === 0x50 && head[1] === 0x4b) return 'bundle';
  if (file.size > MAX_TEXT_BYTES) return undefined;
  const text = await file.text();
  if (text.includes('\n\n\u2014 ')) return 'since';
  return /^\s*(?:log|witness|group|quorum)\s/m.test(text) ? 'policy' : undefined;
}
