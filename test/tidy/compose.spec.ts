import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { listFiles, readText } from './tree.js';

interface Service {
  readonly image: string;
  readonly build?: { readonly context: string; readonly dockerfile: string };
  readonly environment?: Readonly<Record<string, string>>;
  readonly deploy?: { readonly replicas: number };
  readonly ports?: readonly string[];
  readonly healthcheck?: { readonly test: readonly string[] };
}

const source = readText('docker-compose.yml') ?? '';
const { services } = parse(source, { merge: true }) as { services: Readonly<Record<string, Service>> };
const all = Object.entries(services);
const dockerfile = readText('apps/server/Dockerfile') ?? '';

describe('docker-compose.yml', () => {
  test('has a database, two API replicas, a worker and a catcher for mail', () => {
    expect(Object.keys(services).sort()).toEqual(['api', 'db', 'mail', 'worker']);
    expect(services['api']?.deploy?.replicas).toBe(2);
    expect(services['api']?.environment?.['CORDON_ROLE']).toBe('api');
    expect(services['worker']?.environment?.['CORDON_ROLE']).toBe('worker');
  });

  test.each(all)('%s names a version of its image', (_name, { image }) => {
    expect(image).toMatch(/:v?\d[\w.-]*$/);
  });

  test.each(all)('%s has a health check', (_name, { healthcheck }) => {
    expect(healthcheck?.test.length).toBeGreaterThan(1);
  });

  test.each(all)('%s is reached from this machine only', (_name, { ports = [] }) => {
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
  });

  test.each(all)(
    '%s takes its secrets from the environment, and does not start without',
    (_name, service) => {
      const secret = /PASSWORD|TOKEN|SECRET|KEY/;
      const entries = Object.entries(service.environment ?? {});
      expect(
        entries.filter(([key, value]) => secret.test(key) && !/^\$\{\w+:\?[^}]+\}$/.test(value)),
      ).toEqual([]);
      expect(entries.filter(([, value]) => /:\/\/[^/@$]+:(?!\$\{\w+:\?)[^/@]+@/.test(value))).toEqual([]);
    },
  );

  test('every replica and the worker wait for the same database', () => {
    const urls = ['api', 'worker'].map((name) => services[name]?.environment?.['DATABASE_URL']);
    expect(new Set(urls).size).toBe(1);
    expect(urls[0]).toContain('@db:5432/');
  });

  test('builds from a file that exists', () => {
    expect(listFiles()).toContain(services['api']?.build?.dockerfile);
  });
});

describe('the image', () => {
  test('starts from named versions', () => {
    const bases = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, base]) => base);
    expect(bases.filter((base) => !/:\d[\w.-]*$/.test(base ?? ''))).toEqual([]);
  });

  test('runs without root, and runs no install script', () => {
    expect(dockerfile).toMatch(/^USER (?!root)\w+/m);
    expect(dockerfile).toContain('npm ci --ignore-scripts');
  });

  test('is given no secret and no tree of this checkout that it does not need', () => {
    expect(dockerfile).not.toMatch(/^(ARG|ENV).*(PASSWORD|TOKEN|SECRET)/m);
    const ignored = (readText('apps/server/Dockerfile.dockerignore') ?? '').split('\n');
    expect(ignored).toEqual(expect.arrayContaining(['**/node_modules', '.git', '.cordon']));
  });
});
