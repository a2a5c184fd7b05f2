import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { runCommand, unprivilegedAccount, type RunCommand } from './system-user.js';

/** Only root may make users, and only root needs to. */
const asRoot = process.getuid?.() === 0 ? test : test.skip;

const missing: RunCommand = async (command) => {
  throw Object.assign(new Error(`spawn ${command} ENOENT`), { code: 'ENOENT' });
};

asRoot('a missing user is made once and found from then on', async () => {
  const name = `cordon-${randomBytes(4).toString('hex')}`;
  try {
    const made = await unprivilegedAccount(name);
    expect(made.uid).toBeGreaterThan(0);
    expect(await unprivilegedAccount(name, findOnly)).toEqual(made);
  } finally {
    await runCommand('userdel', [name]);
    await runCommand('groupdel', [name]).catch(() => undefined); // gone with its user on some systems
  }
});

const findOnly: RunCommand = (command, args) =>
  command === 'id' ? runCommand(command, args) : Promise.reject(new Error(`${command} was not to be called`));

test('a system without the tools to make a user is told of in one sentence with the way out', async () => {
  await expect(unprivilegedAccount('postgres', missing)).rejects.toMatchObject({
    code: 'no_user',
    message:
      'PostgreSQL refuses to run as root, and the user "postgres" is missing and could not be made' +
      ' (spawn groupadd ENOENT): start Cordon as an ordinary user, or set DATABASE_URL' +
      ' (postgres://user:password@host:5432/database) to use a PostgreSQL server of your own.',
  });
});

test('a user that another process makes meanwhile is used', async () => {
  let exists = false;
  const run: RunCommand = async (command) => {
    if (command === 'id' && exists) return '4711\n';
    exists = command === 'useradd';
    if (command !== 'groupadd') throw new Error(`useradd: user 'postgres' already exists`);
    return '';
  };
  await expect(unprivilegedAccount('postgres', run)).resolves.toEqual({ uid: 4711, gid: 4711 });
});

test('a user that is root in disguise is refused', async () => {
  await expect(unprivilegedAccount('toor', async () => '0\n')).rejects.toMatchObject({ code: 'no_user' });
});
