import { describe, expect, test } from '@jest/globals';
import { clientConfig, encodingComplaint, versionComplaint } from './connection.js';

const applicationName = 'cordon';

describe('how to connect', () => {
  test('settings go into the startup message', () => {
    const config = clientConfig({
      url: 'postgres://u:p@h:5432/d',
      applicationName,
      settings: { role: 'cordon_app', lock_timeout: 2000 },
    });
    expect(config).toMatchObject({
      connectionString: 'postgres://u:p@h:5432/d',
      application_name: 'cordon',
      options: '-c role=cordon_app -c lock_timeout=2000',
    });
  });

  test("the URL's own options are kept, before ours", () => {
    const url = 'postgres://h/d?options=-c%20search_path%3Dx&sslmode=require';
    const config = clientConfig({ url, applicationName, settings: { role: 'cordon_app' } });
    expect(config.options).toBe('-c search_path=x -c role=cordon_app');
    expect(config.connectionString).toBe('postgres://h/d?sslmode=require');
  });

  test.each(['postgres:///d?host=/run/postgresql', '/run/postgresql d'])('%s is left as it is', (url) => {
    expect(clientConfig({ url, applicationName })).toMatchObject({ connectionString: url, options: '' });
  });
});

test('a server older than 14 is refused in a sentence', () => {
  expect(versionComplaint(130_012)).toBe('Cordon needs PostgreSQL 14 or newer; this server is version 13.');
  expect(versionComplaint(140_000)).toBeUndefined();
});

test('a database that cannot hold every text is named, with the way to make one that can', () => {
  expect(encodingComplaint('UTF8')).toBeUndefined();
  expect(encodingComplaint('SQL_ASCII')).toMatch(/this one has SQL_ASCII.*CREATE DATABASE/);
});
