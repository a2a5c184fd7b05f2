import { appendFile, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fileSink } from './file-sink.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-sink-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const pushed = (size: number) => ({
  note: `log\n${size}\nroot=\n\n— log sig${size}\n`,
  origin: 'log',
  size,
  at: 0,
  notable: false,
});

test('notes lie one after another with a blank line between, in a file for its owner alone', async () => {
  const path = join(folder, 'checkpoints.txt');
  const sink = fileSink(path);
  await Promise.all([1, 2, 3].map((size) => sink.push(pushed(size))));
  expect(await readFile(path, 'utf8')).toBe(
    [1, 2, 3].map((size) => `log\n${size}\nroot=\n\n— log sig${size}\n\n`).join(''),
  );
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test('a file that was moved away is made again, and the next note goes into the new one', async () => {
  const path = join(folder, 'checkpoints.txt');
  const sink = fileSink(path);
  await sink.push(pushed(1));
  await rename(path, `${path}.1`);
  await sink.push(pushed(2));
  expect(await readFile(`${path}.1`, 'utf8')).toBe(`${pushed(1).note}\n`);
  expect(await readFile(path, 'utf8')).toBe(`${pushed(2).note}\n`);
});

test('what a crash left of a note is closed off, and the next note is whole', async () => {
  const path = join(folder, 'checkpoints.txt');
  for (const left of ['log\n1\nro', 'log\n1\n', '\n', 'x']) {
    await rm(path, { force: true });
    await appendFile(path, left);
    await fileSink(path).push(pushed(2));
    const text = await readFile(path, 'utf8');
    expect(text.endsWith(`\n\n${pushed(2).note}\n`)).toBe(true);
    expect(text.startsWith(left)).toBe(true);
  }
});

test('a folder that is not there is told with the fix, and the next push is tried again', async () => {
  const path = join(folder, 'later', 'checkpoints.txt');
  const sink = fileSink(path);
  await expect(sink.push(pushed(1))).rejects.toThrow(/ENOENT.*folder must exist/);
  await expect(sink.push(pushed(1))).rejects.toMatchObject({ name: 'OperationalError', retryable: true });
});
