import { ENGLISH_SENTENCES } from './sentences-en.js';
import type { Words } from './words.js';

const s = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

export const ENGLISH: Words = {
  lang: 'en',
  sections: {
    summary: 'Summary',
    people: 'People and roles',
    timeline: 'Timeline',
    decisions: 'Decisions and approvals',
    duties: 'Clocks and duties as recorded',
    rejections: 'What was refused',
    withheld: 'What is withheld',
    evidence: 'Evidence',
    proofs: 'Proofs',
  },
  labels: {
    report: 'Incident report',
    exercise: 'EXERCISE',
    reference: 'Reference',
    organisation: 'Organisation',
    severity: 'Severity',
    status: 'Status',
    classification: 'Classification',
    playbook: 'Playbook',
    onset: 'Began',
    aware: 'Became aware',
    opened: 'Opened',
    closed: 'Closed',
    written: 'Report written',
    entries: 'History',
    phases: 'Phases',
    systems: 'Affected systems',
    facts: 'Facts',
    roles: 'Roles',
    entriesMade: 'Entries',
    recorded: 'Recorded',
    note: 'Note',
    withheld: 'Withheld',
    duty: 'Duty',
    due: 'Due',
    overdue: 'overdue',
    done: 'Done',
    accepted: 'It would have accepted',
    location: 'Location',
    size: 'Size',
    kind: 'Kind',
    custody: 'Chain of custody',
    quarantined: 'in quarantine',
    altered: 'THE STORED FILE IS NOT THE ONE THAT WAS COLLECTED',
    released: 'released',
    origin: 'Origin',
    treeSize: 'Size of the tree',
    root: 'Root hash',
    signatures: 'Signed by',
    logKey: 'Key of the log',
    bundleKey: 'Key of the bundle',
    fingerprint: 'Fingerprint (SHA-256)',
    firstEntry: 'First entry',
    lastEntry: 'Last entry',
    leafIndex: 'leaf index',
    hash: 'leaf hash',
    bundle: 'Bundle',
    unknown: 'unknown',
    none: 'None',
    cordon: 'Cordon (the system)',
    entry: 'Entry',
    answer: 'Answer',
  },
  paragraphs: {
    origin:
      'This report was written by Cordon from the recorded history of the incident. The history itself is the evidence; the last section says how to verify it.',
    people: 'Everybody who is known to the incident or has made an entry of its history.',
    timeline:
      'Every accepted entry, in the order in which it was recorded. The time on the left is when it happened, as stated by whoever recorded it; where it was recorded at another time, both are given.',
    decisions: 'Entries that decide something, with the reasons that were given.',
    duties:
      'What the playbook asks for and what people recorded about it. Times and duties stand here as the playbook states them: guidance, and not a finding of law. Whether a legal duty exists, and whether it was met in time, is not decided by this report.',
    rejections:
      'Attempts that the procedure did not allow. They changed nothing, and are part of the history.',
    withheld:
      'These values were about a person who was erased. The log still commits to them, so that it can be verified; their content and key were destroyed.',
    nothingWithheld: 'Nothing is withheld from this report.',
    evidence:
      'Items of evidence with their SHA-256, so that each file can be recognised, and what was done with each.',
    proofs:
      'The history is a chain of entries inside an RFC 6962 Merkle tree. The signed statement (checkpoint) below commits to the tree as a whole. An entry that was changed, removed or inserted no longer fits it.',
    verify:
      'To verify: get the key of the log from the operator by a way of its own and compare its fingerprint; never take it from this report alone. Then run “cordon audit verify BUNDLE --policy POLICY”, or, with nothing but Python, the file verify/verify.py of the bundle. Neither needs a network.',
    attached: 'The bundle is attached inside this file, with the SHA-256 given here.',
    notAttached:
      'The bundle is too large to be attached here. Ask the operator for the export of this incident, and compare its SHA-256 with the one given here.',
    nothing: 'Nothing is recorded.',
  },
  statuses: {
    open: 'open',
    closed: 'closed',
    not_started: 'not started',
    active: 'active',
    completed: 'completed',
    cannot_start: 'not begun',
    ready: 'ready to begin',
    in_progress: 'in progress',
    skipped: 'left out',
    problem: 'problem',
    failed: 'failed',
    not_applicable: 'does not apply',
  },
  page: (page, of) => `Page ${page} of ${of}`,
  seconds: (seconds) => {
    const minutes = Math.round(seconds / 60);
    if (minutes < 120) return s(minutes, 'minute', 'minutes');
    const hours = Math.round(minutes / 60);
    return hours < 72 ? s(hours, 'hour', 'hours') : s(Math.round(hours / 24), 'day', 'days');
  },
  counted: (what, count) =>
    ({
      entries: s(count, 'entry', 'entries'),
      rejections: s(count, 'attempt refused', 'attempts refused'),
      late: s(count, 'entry recorded late', 'entries recorded late'),
      corrections: s(count, 'correction', 'corrections'),
    })[what],
  refused: ({ who, type, step }, code) =>
    `${who} tried ${type}${step === '' ? '' : ` on “${step}”`} and was refused: ${code}.`,
  lapsed: (step, approvers) =>
    `The approval of “${step}” lapsed because what it covered had changed${approvers === '' ? '' : ` (given by ${approvers})`}.`,
  corrects: (seq) => `Corrects entry ${seq}.`,
  correctedBy: (seq) => `Corrected by entry ${seq}.`,
  lateBy: (time) => `recorded ${time} later`,
  moved: (system, from, to) => `System “${system}”: ${from} → ${to}`,
  sentences: ENGLISH_SENTENCES,
  otherwise: ({ who, type, step }) => `${who}: ${type}${step === '' ? '' : ` (“${step}”)`}.`,
};
