import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, test } from '@jest/globals';
import { commandLineOf, identityOf, isRunning } from './process-identity.js';

test('a process is the same at every look, and another one with its pid is not it', () => {
  const me = identityOf(process.pid);
  expect(me).toBeDefined();
  expect(identityOf(process.pid)).toEqual(me);
  expect(isRunning(me!)).toBe(true);
  expect(isRunning({ pid: process.pid, born: 'earlier' })).toBe(false);
});

test('a process that has ended is not running, and neither is a zombie', async () => {
  // The shell becomes `sleep`, which never reaps the child it inherits.
  const parent = spawn('/bin/sh', ['-c', 'sleep 0 & echo $!; exec sleep 600'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  try {
    const [text] = (await once(parent.stdout, 'data')) as [Buffer];
    const zombie = Number(text.toString().trim());
    while (identityOf(zombie) !== undefined) await new Promise(setImmediate);
    expect(isRunning({ pid: zombie, born: 'any' })).toBe(false);
  } finally {
    const ended = once(parent, 'exit');
    const identity = identityOf(parent.pid ?? 0)!;
    parent.kill('SIGKILL');
    await ended;
    expect(isRunning(identity)).toBe(false);
  }
});

test('a command line is told with its arguments', async () => {
  const child = spawn('sleep', ['601'], { stdio: 'ignore' });
  await once(child, 'spawn');
  expect(commandLineOf(child.pid ?? 0)).toBe('sleep 601');
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(commandLineOf(child.pid ?? 0)).toBeUndefined();
});
