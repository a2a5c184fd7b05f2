/** Evidence and proofs: what can be held against the files and against the log. */
import { parseCheckpoint, parseNote, parseVkey } from '@cordon/audit';
import { createHash } from 'node:crypto';
import type { EvidenceView } from '@cordon/runtime';
import type { Desk } from './desk.js';
import { nextTurn } from './next-turn.js';
import type { Fact, Item } from './pen.js';

type Line = Item['lines'][number];

export async function writeEvidence(desk: Desk): Promise<void> {
  const { pen, words, input } = desk;
  pen.begin(words.sections.evidence);
  pen.paragraph(words.paragraphs.evidence, 'small');
  if (input.evidence.length === 0) pen.paragraph(words.paragraphs.nothing);
  for (const item of input.evidence) {
    pen.item(evidenceItem(desk, item));
    await nextTurn();
  }
}

function evidenceItem({ telling, moments, labels }: Desk, item: EvidenceView): Item {
  const { id, name, kind, sizeBytes, sha256, location, description, quarantined, altered, released } = item;
  const line = (text: string, style: Line['style'] = 'body'): Line => ({ text, style });
  const about = [
    ...(kind === undefined ? [] : [`${labels.kind}: ${kind}`]),
    ...(sizeBytes === undefined ? [] : [`${labels.size}: ${sizeBytes} B`]),
    ...(location === undefined ? [] : [`${labels.location}: ${location}`]),
  ];
  const marks = [...(quarantined ? [labels.quarantined] : []), ...(released ? [labels.released] : [])];
  const custody = item.custody.map(
    ({ seq, type, occurredAt, by }) => `#${seq} ${moments.full(occurredAt)}: ${type}, ${telling.who(by)}`,
  );
  return {
    margin: [String(id), ...marks],
    lines: [
      line(name, 'strong'),
      line(description ?? ''),
      line(about.join(', ')),
      line(sha256 === undefined ? '' : `SHA-256 ${sha256}`, 'code'),
      line(altered ? labels.altered : '', 'warning'),
      line(custody.length > 0 ? `${labels.custody}:\n${custody.join('\n')}` : '', 'small'),
    ],
  };
}

/** Throws a NoteError where the checkpoint or a key is not one. */
export function writeProofs({ pen, words, input, labels }: Desk): void {
  const { checkpoint: note, keys, first, last } = input.proof;
  const { text, signatures } = parseNote(note);
  const { origin, size, root } = parseCheckpoint(text);
  const place = (label: string, { index, hash }: typeof first): Fact => [
    label,
    `${labels.leafIndex} ${index}`,
    `${labels.hash} ${hash}`,
  ];
  pen.begin(words.sections.proofs);
  pen.paragraph(words.paragraphs.proofs, 'small');
  const { bundle } = input;
  pen.facts([
    [labels.origin, origin],
    [labels.treeSize, String(size)],
    [labels.root, '', Buffer.from(root).toString('base64')],
    [labels.signatures, signatures.map(({ name }) => name).join('\n')],
    ...keys.flatMap(({ purpose, vkey }): readonly Fact[] => [
      [purpose === 'log' ? labels.logKey : labels.bundleKey, '', vkey],
      [labels.fingerprint, '', fingerprintOf(vkey)],
    ]),
    place(labels.firstEntry, first),
    place(labels.lastEntry, last),
    ...(bundle
      ? ([[labels.bundle, `${bundle.name} (${bundle.bytes} B)`, `SHA-256 ${bundle.sha256}`]] as const)
      : []),
  ]);
  pen.paragraph(words.paragraphs.verify);
  if (bundle) pen.paragraph(bundle.content ? words.paragraphs.attached : words.paragraphs.notAttached);
}

/** SHA-256 of the raw public key in groups of four digits, to be read out on the telephone. */
function fingerprintOf(vkey: string): string {
  const digest = createHash('sha256').update(parseVkey(vkey).publicKey).digest('hex');
  return (digest.match(/.{4}/g) ?? []).join(' ');
}
