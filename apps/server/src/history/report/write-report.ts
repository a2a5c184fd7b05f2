/**
 * The history of one incident as a PDF for lawyers and regulators: PDF/A-3b, tagged, fonts embedded, without scripts,
 * links or anything to fetch. What people typed is printed as text and nothing else. It is derived: the bundle, attached
 * inside where it is small enough, is what proves it.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Desk } from './desk.js';
import { Moments } from './moments.js';
import { Pen } from './pen.js';
import { MAX_ATTACHED_BYTES, type ReportInput } from './report-input.js';
import { writeDuties, writePeople, writeSummary, writeTitlePage } from './sections-about.js';
import { writeDecisions, writeRejections, writeTimeline, writeWithheld } from './sections-history.js';
import { writeEvidence, writeProofs } from './sections-proof.js';
import { TLP_COLORS } from './styles.js';
import { Telling } from './telling.js';
import { wordsOf } from './words-of.js';

const FONTS = '@expo-google-fonts/noto-sans-tc';
const { resolve } = createRequire(import.meta.url);

/**
 * The report in pieces. Pages are held until the last is written, since each says how many there are. Throws a
 * RangeError for an unknown time zone, and a NoteError where checkpoint or keys cannot be read.
 */
export async function* writeReport(input: ReportInput): AsyncGenerator<Buffer> {
  const [regular, bold] = await Promise.all([
    readFile(resolve(`${FONTS}/400Regular/NotoSansTC_400Regular.ttf`)),
    readFile(resolve(`${FONTS}/700Bold/NotoSansTC_700Bold.ttf`)),
  ]);
  const words = wordsOf(input.language);
  const { incident, createdAt } = input;
  const pen = new Pen({
    lang: words.lang,
    title: `${words.labels.report} ${incident.ref}`,
    createdAt: new Date(createdAt),
    fonts: { regular, bold },
    ...(incident.exercise ? { watermark: words.labels.exercise } : {}),
  });
  const moments = new Moments(input.timeZone);
  const telling = new Telling(input, words, moments);
  const desk: Desk = {
    pen,
    words,
    labels: words.labels,
    input: attachable(input),
    telling,
    moments,
  };
  for (const write of SECTIONS) await write(desk);
  attach(desk);
  const mark = incident.exercise ? `${words.labels.exercise} – ` : '';
  await pen.end({
    head: `${incident.ref} – ${incident.title}`,
    foot: (page, of) => `${mark}${words.labels.report} ${incident.ref} – ${words.page(page, of)}`,
    marking: `TLP:${incident.tlp.toUpperCase()}`,
    markingColor: TLP_COLORS[incident.tlp] ?? '#ffffff',
  });
  for await (const piece of pen.doc) yield piece as Buffer;
}

const SECTIONS: readonly ((desk: Desk) => void | Promise<void>)[] = [
  writeTitlePage,
  writeSummary,
  writePeople,
  writeTimeline,
  writeDecisions,
  writeDuties,
  writeRejections,
  writeWithheld,
  writeEvidence,
  writeProofs,
];

function attachable(input: ReportInput): ReportInput {
  const { bundle } = input;
  if (!bundle?.content || bundle.content.length <= MAX_ATTACHED_BYTES) return input;
  const { content: _content, ...named } = bundle;
  return { ...input, bundle: named };
}

function attach({ pen, input, words }: Desk): void {
  const { bundle, createdAt } = input;
  if (!bundle?.content) return;
  const date = new Date(createdAt);
  const options = {
    name: bundle.name,
    type: 'application/zip',
    description: words.labels.bundle,
    relationship: 'Source',
    creationDate: date,
    modifiedDate: date,
  };
  pen.doc.file(Buffer.from(bundle.content), options);
}
