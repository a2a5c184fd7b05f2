/** Checkpoint, notes and cosignatures. */
import { cosignatureLine, cosignedMessage, parseVkey } from '@cordon/audit';
import {
  BUNDLE_KEY,
  LOG_KEY,
  manifestNote,
  manifestText,
  TEST_LOG,
  testKey,
  WITNESSES,
  zipOf,
} from '../../support/bundle.js';
import {
  checkpointOf,
  OTHER_LOG,
  ROGUE_LOG,
  ROGUE_WITNESS,
  signed,
  withCheckpoint,
  type Attack,
  type Attacker,
  type Bench,
  type Seen,
} from './bench.js';

const KEY = 'who has the bundle key';
const LOG = 'who has the log and bundle keys';
const at1 = (code: string, path = 'log/checkpoint'): Seen => ({ level: 1, code, path });

/** The checkpoint is another text, and the bundle key signs that. */
const note = (
  name: string,
  by: Attacker,
  expect: Seen,
  change: (bench: Bench, text: string) => string | Promise<string>,
): Attack => ({
  ...{ name, by, on: 'log', expect },
  apply: async (bench) => {
    withCheckpoint(bench.bundle, await change(bench, bench.parts.get('log/checkpoint')?.toString() ?? ''));
    return { zip: await signed(bench.bundle) };
  },
});

const sigLine = (text: string, at = 0): string =>
  text.slice(text.lastIndexOf('\n\n') + 2).split('\n')[at] ?? '';

/** The signature of this line with one bit turned. */
function forgedLine(line: string): string {
  const [dash, name, base64] = line.split(' ');
  const bytes = Buffer.from(base64 ?? '', 'base64');
  bytes[bytes.length - 8] = (bytes[bytes.length - 8] ?? 0) ^ 4;
  return `${dash} ${name} ${bytes.toString('base64')}`;
}

/** The line with its key id changed, so that no known key is meant. */
function otherKeyId(line: string): string {
  const [dash, name, base64] = line.split(' ');
  const bytes = Buffer.from(base64 ?? '', 'base64');
  bytes[0] = (bytes[0] ?? 0) ^ 255;
  return `${dash} ${name} ${bytes.toString('base64')}`;
}

export const noteAttacks: readonly Attack[] = [
  note(
    'the checkpoint is signed with another key of the same name',
    'who has the bundle key',
    at1('E_UNKNOWN_LOG'),
    ({ bundle }) => checkpointOf(bundle, { keys: [ROGUE_LOG] }),
  ),
  note('the signature of the checkpoint is forged under the true key id', KEY, at1('E_SIG'), (_, text) =>
    text.replace(sigLine(text), forgedLine(sigLine(text))),
  ),
  note('a good signature of the log is followed by a bad one of the same key', KEY, at1('E_SIG'), (_, text) =>
    text.replace(sigLine(text), `${sigLine(text)}\n${forgedLine(sigLine(text))}`),
  ),
  note('the key id of the only signature is another', KEY, at1('E_UNKNOWN_LOG'), (_, text) =>
    text.replace(sigLine(text), otherKeyId(sigLine(text))),
  ),
  note('only witnesses signed the checkpoint', KEY, at1('E_UNKNOWN_LOG'), (_, text) =>
    text.replace(`${sigLine(text)}\n`, ''),
  ),
  note('the origin is another, signed by the key of this log', LOG, at1('E_ORIGIN'), async ({ bundle }) =>
    checkpointOf(bundle, { origin: OTHER_LOG }),
  ),
  note(
    'the checkpoint is that of a log of the same name after a recovery',
    LOG,
    at1('E_UNKNOWN_LOG'),
    ({ bundle }) => checkpointOf(bundle, { origin: `${TEST_LOG}/r2`, keys: [testKey(`${TEST_LOG}/r2`, 1)] }),
  ),
  note(
    'the root of the checkpoint is another, its signature is not made again',
    KEY,
    at1('E_SIG'),
    (_, text) => {
      const lines = text.split('\n');
      lines[2] = Buffer.alloc(32, 3).toString('base64');
      return lines.join('\n');
    },
  ),
  note('the size of the checkpoint has a leading zero', KEY, at1('E_NOTE_FORMAT'), (_, text) =>
    text.replace(/\n(\d+)\n/, '\n0$1\n'),
  ),
  note('the checkpoint has an extension line', KEY, at1('E_NOTE_FORMAT'), (_, text) =>
    text.replace('\n\n', '\nverified\n\n'),
  ),
  note('the checkpoint has an empty line more', KEY, at1('E_NOTE_FORMAT'), (_, text) =>
    text.replace('\n\n', '\n\n\n'),
  ),
  note('the lines of the checkpoint end with CR LF', KEY, at1('E_NOTE_FORMAT'), (_, text) =>
    text.replaceAll('\n', '\r\n'),
  ),
  note('the checkpoint does not end with a line feed', KEY, at1('E_NOTE_FORMAT'), (_, text) =>
    text.slice(0, -1),
  ),
  note('the checkpoint has no signature', KEY, at1('E_NOTE_FORMAT'), (_, text) =>
    text.slice(0, text.indexOf('\n\n') + 2),
  ),
  note('a signature is in base64 of another alphabet', KEY, at1('E_NOTE_FORMAT'), (_, text) => {
    const line = sigLine(text);
    return text.replace(line, line.replace(/=*$/, '_'));
  }),
  note(
    'the root of the checkpoint is in base64 with bits left over',
    KEY,
    at1('E_NOTE_FORMAT'),
    (_, text) => {
      const lines = text.split('\n');
      const root = lines[2] ?? '';
      lines[2] = `${root.slice(0, 42)}${root[42] === 'B' ? 'C' : 'B'}=`;
      return lines.join('\n');
    },
  ),
  note('a signature line begins with a hyphen', KEY, at1('E_NOTE_FORMAT'), (_, text) =>
    text.replace('\u2014 ', '- '),
  ),
  {
    ...{ name: 'the checkpoint is not UTF-8', by: KEY, on: 'log', expect: at1('E_NOTE_FORMAT') },
    apply: async ({ bundle, parts }) => {
      const data = Buffer.from(parts.get('log/checkpoint') ?? '');
      data[3] = 0xff;
      parts.set('log/checkpoint', data);
      return { zip: await signed(bundle) };
    },
  },
  note(
    'the checkpoint has sixty-five signatures',
    KEY,
    at1('E_LIMIT'),
    (_, text) => text + `${otherKeyId(sigLine(text))}\n`.repeat(63),
  ),
  note(
    'the checkpoint is longer than a mebibyte',
    KEY,
    at1('E_LIMIT'),
    (_, text) => `${'x'.repeat(1_100_000)}\n${text}`,
  ),
  {
    ...{
      name: 'the note of the manifest has sixty-five signatures',
      by: KEY,
      on: 'log',
      expect: at1('E_LIMIT', 'MANIFEST.note'),
    },
    apply: async ({ bundle }) => {
      const keys = Array.from({ length: 64 }, (_, i) => testKey(`${TEST_LOG}/bundle`, 100 + i));
      const text = Buffer.from(manifestText(bundle.parts, bundle.manifest));
      const more = await Promise.all(keys.map((key) => manifestNote(text, key)));
      const lines = more.map((one) => one.toString().split('\n').at(-2));
      const whole = Buffer.from(`${(await manifestNote(text, BUNDLE_KEY)).toString()}${lines.join('\n')}\n`);
      return {
        zip: await zipOf(new Map([...bundle.parts, ['MANIFEST.json', text], ['MANIFEST.note', whole]])),
      };
    },
  },
  {
    ...{
      name: 'a cosignature is forged under the key id of a witness',
      by: KEY,
      on: 'log',
      expect: at1('E_SIG'),
    },
    apply: async ({ bundle, parts }) => {
      const text = parts.get('log/checkpoint')?.toString() ?? '';
      withCheckpoint(bundle, text.replace(sigLine(text, 1), forgedLine(sigLine(text, 1))));
      return { zip: await signed(bundle) };
    },
  },
  {
    ...{ name: 'the time of a cosignature is changed', by: KEY, on: 'log', expect: at1('E_SIG') },
    apply: async ({ bundle, parts }) => {
      const text = parts.get('log/checkpoint')?.toString() ?? '';
      const [dash, name, base64] = sigLine(text, 1).split(' ');
      const bytes = Buffer.from(base64 ?? '', 'base64');
      bytes[11] = (bytes[11] ?? 0) ^ 1;
      withCheckpoint(bundle, text.replace(sigLine(text, 1), `${dash} ${name} ${bytes.toString('base64')}`));
      return { zip: await signed(bundle) };
    },
  },
  {
    ...{ name: 'one of two witnesses is left out', by: KEY, on: 'log' },
    expect: { level: 3, code: 'E_QUORUM', path: 'log/checkpoint' },
    apply: async ({ bundle, parts }) => {
      const text = parts.get('log/checkpoint')?.toString() ?? '';
      withCheckpoint(bundle, text.replace(`${sigLine(text, 2)}\n`, ''));
      return { zip: await signed(bundle) };
    },
  },
  {
    ...{
      name: 'a witness that the policy does not know stands in for one that it names',
      by: KEY,
      on: 'log',
    },
    expect: { level: 3, code: 'E_QUORUM', path: 'log/checkpoint' },
    apply: async ({ bundle, parts }) => {
      const text = parts.get('log/checkpoint')?.toString() ?? '';
      const body = text.slice(0, text.indexOf('\n\n') + 1);
      const line = cosignatureLine(
        parseVkey(ROGUE_WITNESS.vkey),
        5,
        await ROGUE_WITNESS.sign(cosignedMessage(5, body)),
      );
      withCheckpoint(bundle, text.replace(sigLine(text, 1), line));
      return { zip: await signed(bundle) };
    },
  },
  {
    ...{ name: 'one witness cosigns twice to make up for the other', by: KEY, on: 'log' },
    expect: { level: 3, code: 'E_QUORUM', path: 'log/checkpoint' },
    apply: async ({ bundle, parts }) => {
      const text = parts.get('log/checkpoint')?.toString() ?? '';
      withCheckpoint(bundle, text.replace(sigLine(text, 2), sigLine(text, 1)));
      return { zip: await signed(bundle) };
    },
  },
  {
    ...{
      name: 'the bundle brings its own policy with a key of the attacker, and the auditor has another',
      by: 'who has the file and keys of their own',
      on: 'bare',
    },
    expect: { level: 1, code: 'E_UNKNOWN_LOG', path: 'log/checkpoint' },
    apply: async ({ bundle, parts }) => {
      parts.set('policy.example.txt', Buffer.from(`log ${ROGUE_LOG.vkey}\nquorum none\n`));
      withCheckpoint(bundle, await checkpointOf(bundle, { keys: [ROGUE_LOG] }));
      return { zip: await signed(bundle) };
    },
  },
  {
    ...{ name: "the auditor's policy names another key of a log of this name", by: LOG, on: 'bare' },
    expect: { level: 1, code: 'E_UNKNOWN_LOG', path: 'log/checkpoint' },
    apply: async ({ bundle }) => ({
      zip: await signed(bundle),
      policy: `log ${ROGUE_LOG.vkey}\nquorum none\n`,
    }),
  },
  {
    ...{ name: "the auditor's policy asks for a witness that never cosigned", by: LOG, on: 'bare' },
    expect: { level: 3, code: 'E_QUORUM', path: 'log/checkpoint' },
    apply: async ({ bundle }) => ({
      zip: await signed(bundle),
      policy: `log ${LOG_KEY.vkey}\nwitness w ${WITNESSES[0]?.vkey}\nquorum w\n`,
    }),
  },
];
