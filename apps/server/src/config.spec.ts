import { expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from './config.js';

function complaint(environment: Record<string, string>): string {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
  }
  return '';
}

test('an empty environment is the default start, and the result is frozen', () => {
  const config = loadConfig({ PATH: '/bin', PORT: '' });
  expect(config).toMatchObject({
    port: 3000,
    host: '127.0.0.1',
    role: 'all',
    dataDir: '.cordon',
    logLevel: 'info',
    databaseUrl: undefined,
  });
  expect(Object.isFrozen(config)).toBe(true);
});

test.each([
  ['PORT', '70000'],
  ['PORT', '80a'],
  ['HOST', 'a b'],
  ['CORDON_ROLE', 'boss'],
  ['CORDON_PUBLIC_URL', 'ftp://x'],
  ['CORDON_ALERT_EMAIL', 'nobody'],
  ['CORDON_MAIL_FROM', 'nobody'],
  ['LOG_LEVEL', 'loud'],
  ['CORDON_SESSION_IDLE_MINUTES', '0'],
  ['CORDON_SESSION_HOURS', '169'],
  ['CORDON_TRUSTED_PROXIES', 'all'],
])('%s=%s stops the start with a sentence that names it', (name, value) => {
  expect(complaint({ [name]: value })).toContain(`${name} must be `);
  expect(complaint({ [name]: value })).toContain(value);
});

test.each([
  ['DATABASE_URL', 'mysql://root:hunter2@db'],
  ['SMTP_URL', 'http://user:hunter2@mail'],
  ['CORDON_BOOTSTRAP_TOKEN', 'hunter2'],
  ['CORDON_BOOTSTRAP_TOKEN', `hunter2 ${'x'.repeat(40)}`],
  ['CORDON_ALERT_URL', 'hunter2'],
])('%s is a secret: a wrong value is not repeated', (name, value) => {
  expect(complaint({ [name]: value })).toContain(`${name} must be `);
  expect(complaint({ [name]: value })).not.toContain('hunter2');
});

test('a misspelt name is refused, with the names that exist', () => {
  expect(complaint({ CORDON_DATADIR: 'x' })).toMatch(
    /^CORDON_DATADIR is not a setting\. Known are .*CORDON_DATA_DIR/,
  );
});

test('every fault is named at once', () => {
  expect(complaint({ PORT: 'x', LOG_LEVEL: 'y', CORDON_ROLE: 'z' }).split('\n')).toHaveLength(3);
});

test('a bootstrap token has 32 characters at least', () => {
  expect(complaint({ CORDON_BOOTSTRAP_TOKEN: 'x'.repeat(31) })).toContain('32 to 500');
  expect(loadConfig({ CORDON_BOOTSTRAP_TOKEN: 'x'.repeat(32) }).bootstrapToken).toHaveLength(32);
});

test('an alert mailbox needs a mail server', () => {
  expect(complaint({ CORDON_ALERT_EMAIL: 'ops@example.org' })).toContain('needs SMTP_URL');
  expect(complaint({ CORDON_ALERT_EMAIL: 'ops@example.org', SMTP_URL: 'smtp://mail.example.org' })).toBe('');
});
