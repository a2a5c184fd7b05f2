/**
 * Makes dist/verify.html: one file that holds all of the page and loads nothing, so that it can be kept and opened
 * without Cordon. Its own Content-Security-Policy names its script and its style by their digests, and forbids every
 * connection. The libraries' sources are bundled, with `node:` modules replaced by those in src/shims.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const room = dirname(fileURLToPath(import.meta.url));
const root = dirname(dirname(room));
const source = (name) => join(room, 'src', name);
const target = join(room, 'dist', 'verify.html');

const SHIMS = new Map([
  ['node:crypto', source('shims/crypto.ts')],
  ['node:zlib', source('shims/zlib.ts')],
]);

/** One script without imports, as text that may stand in a page. */
async function bundled(entry, options) {
  const { outputFiles, metafile } = await build({
    ...{ entryPoints: [entry], bundle: true, write: false, metafile: true, format: 'iife' },
    ...{ platform: 'browser', target: 'es2022', minify: true, conditions: ['source'] },
    ...{ charset: 'ascii', legalComments: 'none', logLevel: 'error', absWorkingDir: root },
    plugins: [rooms],
    ...options,
  });
  const left = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  if (left.length > 0)
    throw new Error(`the page would import ${left.join(', ')}: write a shim, or leave it out`);
  return outputFiles[0].text.trim();
}

/** Rooms have no side effects, so that what the page does not use of them is left out, and what that imports. */
const rooms = {
  name: 'rooms',
  setup({ onResolve, resolve }) {
    onResolve({ filter: /^node:/ }, ({ path, importer }) => {
      const shim = SHIMS.get(path);
      return shim === undefined || !needsShim(importer) ? { path, external: true } : { path: shim };
    });
    onResolve({ filter: /^(@cordon\/|\.)/ }, async ({ path, pluginData, ...rest }) => {
      if (pluginData === rooms) return undefined;
      const { importer, resolveDir, kind } = rest;
      const found = await resolve(path, { importer, resolveDir, kind, pluginData: rooms });
      return found.errors.length > 0 || found.path.includes('node_modules')
        ? found
        : { ...found, sideEffects: false };
    });
  },
};

const worker = await bundled(source('page/worker.ts'), { inject: [source('shims/global-buffer.ts')] });
const script = await bundled(source('page/main.ts'), {
  define: { WORKER_SOURCE: JSON.stringify(worker) },
});
const style = readFileSync(source('page/page.css'), 'utf8').trim();
write(readFileSync(source('page/page.html'), 'utf8'));

/** Where Node's own modules are used in more ways than the shims have, the file is left out, or the build fails. */
function needsShim(importer) {
  return /[\\/](?:audit|engine)[\\/]src[\\/]/.test(importer);
}

function write(template) {
  const [scriptDigest, styleDigest] = [script, style].map(digest);
  const policy = [
    "default-src 'none'",
    `script-src '${scriptDigest}'`,
    `style-src '${styleDigest}'`,
    "connect-src 'none'",
    'worker-src blob:',
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const page = [
    ['http-equiv="Content-Security-Policy" content="', policy],
    ['<style>', style],
    ['<script>', script],
  ].reduce((text, [place, filling]) => {
    const parts = text.split(place);
    if (parts.length !== 2) throw new Error(`page.html must have ${place} once`);
    return parts.join(place + filling);
  }, template);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(`${target}.new`, page);
  renameSync(`${target}.new`, target);
  if (process.argv.includes('--verbose')) process.stderr.write(`${target}: ${page.length} bytes\n`);
}

function digest(text) {
  return `sha256-${createHash('sha256').update(text, 'utf8').digest('base64')}`;
}
