import { open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OperationalError } from '@cordon/kernel';
import type { CheckpointSink } from '@cordon/runtime';

/**
 * Appends every checkpoint to a file, on disk for good when `push` resolves: one note after another, a blank line between.
 * The file is opened anew each time, so that it may be rotated or moved away at any moment, and made with mode 0600 when
 * it is not there. What a crash left of a note is closed off by a blank line, and never glued to the next.
 */
export function fileSink(path: string): CheckpointSink {
  let turn: Promise<unknown> = Promise.resolve();
  return {
    name: `file ${path}`,
    push({ note }) {
      const done = turn.then(() => append(path, note));
      turn = done.catch(() => undefined);
      return done;
    },
  };
}

async function append(path: string, note: string): Promise<void> {
  try {
    const handle = await open(path, 'a+', 0o600);
    let isNew: boolean;
    try {
      const { size } = await handle.stat();
      isNew = size === 0;
      const tail = Buffer.alloc(Math.min(size, 2));
      await handle.read(tail, 0, tail.length, size - tail.length);
      const text = tail.toString('latin1');
      const before = isNew || text === '\n\n' ? '' : text.endsWith('\n') ? '\n' : '\n\n';
      await handle.appendFile(`${before}${note}\n`);
      await handle.sync();
    } finally {
      await handle.close();
    }
    if (isNew) await syncFolder(dirname(path));
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown';
    throw new OperationalError(
      `the checkpoint could not be written to ${path} (${code}): the folder must exist and be writable`,
      true,
      { cause: error },
    );
  }
}

/** The name of a new file lasts only once its folder is on disk. */
async function syncFolder(folder: string): Promise<void> {
  // Windows opens no folders.
  if (process.platform === 'win32') return;
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
