/** What it costs to check a bundle, beside what it costs to read the same bytes with the same language. */
import { execFile } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { verifyPyPath, withFullLog, type FullLogOptions } from './full-log.js';
import { median } from './load.js';
import type { Taken } from './verify-child.js';

const run = promisify(execFile);
const CHILD = fileURLToPath(new URL('./verify-child.js', import.meta.url));
const MAX_OUTPUT = 64 * 1024 * 1024;

/** Prints what it took as the last line; CPU and time from the start of the interpreter's own work on. */
const PYTHON_FRAME = `
import re, time
start = time.perf_counter()
code = 0
try:
    work()
except SystemExit as end:
    code = end.code or 0
try:
    with open("/proc/self/status") as status:
        peak = int(re.search(r"VmHWM:\\s+(\\d+)", status.read()).group(1))
except OSError:
    import resource
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"cpuMs": time.process_time() * 1000, "wallMs": (time.perf_counter() - start) * 1000, "peakKb": peak}))
sys.exit(code)
`;

const PYTHON_BASELINE = `
def work():
    import hashlib, io, zipfile
    path = sys.argv[1]
    digest = hashlib.sha256()
    with open(path, "rb") as bundle:
        while True:
            chunk = bundle.read(1 << 20)
            if not chunk:
                break
            digest.update(chunk)
    with zipfile.ZipFile(path) as bundle:
        for name in bundle.namelist():
            if name.endswith(".jsonl"):
                with io.BufferedReader(bundle.open(name), 1 << 20) as lines:
                    for line in lines:
                        json.loads(line)
${PYTHON_FRAME}`;

const PYTHON_VERIFY = `
def work():
    import runpy
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
${PYTHON_FRAME}`;

type Name = 'readInNode' | 'level4' | 'level5' | 'readInPython' | 'verifyPy';

export interface BundleRow {
  readonly views: boolean;
  readonly bytes: number;
  readonly taken: Readonly<Record<Name, Taken>>;
  /** Medians over the rounds, of CPU time: each verifier over reading in its language. */
  readonly ratios: { readonly level4: number; readonly level5: number; readonly verifyPy: number };
}

export interface VerifyReport {
  readonly entries: number;
  readonly bundles: readonly BundleRow[];
}

interface Options extends FullLogOptions {
  readonly rounds: number;
}

/** Makes the log, exports it with views and without, and checks both files with both verifiers in turn. */
export async function benchVerify({ rounds, ...options }: Options): Promise<VerifyReport> {
  const { tell } = options;
  return withFullLog(options, async (log) => {
    const bundles: BundleRow[] = [];
    for (const views of [false, true]) {
      tell(`exporting ${log.size} entries ${views ? 'with' : 'without'} views`);
      const path = join(options.folder, `${views ? 'with' : 'without'}-views.zip`);
      await pipeline(Readable.from((await log.wholeLog(views)).bytes()), createWriteStream(path));
      bundles.push(await measureBundle(path, views, rounds, tell));
    }
    return { entries: log.size, bundles };
  });
}

async function measureBundle(
  path: string,
  views: boolean,
  rounds: number,
  tell: (line: string) => void,
): Promise<BundleRow> {
  const taken: Record<Name, Taken>[] = [];
  for (let round = 1; round <= rounds; round += 1) {
    tell(`checking it, round ${round} of ${rounds}`);
    taken.push({
      readInNode: await node(['baseline', path]),
      level4: await node(['4', path]),
      level5: await node(['5', path]),
      readInPython: await python(PYTHON_BASELINE, path),
      verifyPy: await verifyPy(path),
    });
  }
  const of = (name: Name): Taken => ({
    cpuMs: median(taken.map((one) => one[name].cpuMs)),
    wallMs: median(taken.map((one) => one[name].wallMs)),
    peakKb: median(taken.map((one) => one[name].peakKb)),
  });
  const ratio = (name: Name, base: Name): number =>
    median(taken.map((one) => one[name].cpuMs / one[base].cpuMs));
  return {
    ...{ views, bytes: (await stat(path)).size },
    taken: {
      readInNode: of('readInNode'),
      level4: of('level4'),
      level5: of('level5'),
      readInPython: of('readInPython'),
      verifyPy: of('verifyPy'),
    },
    ratios: {
      level4: ratio('level4', 'readInNode'),
      level5: ratio('level5', 'readInNode'),
      verifyPy: ratio('verifyPy', 'readInPython'),
    },
  };
}

/** The child's answer. */
export async function node<T = Taken>(args: readonly string[], options: readonly string[] = []): Promise<T> {
  return takenFrom<T>(process.execPath, [...options, CHILD, ...args]);
}

export async function verifyPy(path: string): Promise<Taken> {
  return python(PYTHON_VERIFY, verifyPyPath(), path);
}

async function python(script: string, ...args: readonly string[]): Promise<Taken> {
  return takenFrom('python3', ['-c', `import json, sys\n${script}`, ...args]);
}

/** Rejects where the program fails, which a verifier does for a bundle that does not hold. */
async function takenFrom<T = Taken>(program: string, args: readonly string[]): Promise<T> {
  const { stdout } = await run(program, args, { maxBuffer: MAX_OUTPUT });
  return JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '') as T;
}

export function verifyText({ entries, bundles }: VerifyReport): string {
  return bundles.flatMap((bundle) => [`${entries} entries`, ...textOf(bundle)]).join('\n');
}

function textOf({ views, bytes, taken, ratios }: BundleRow): readonly string[] {
  const line = (label: string, { cpuMs, wallMs, peakKb }: Taken, ratio?: number): string =>
    [
      label.padEnd(34),
      `CPU ${(cpuMs / 1000).toFixed(2)} s`,
      `wall ${(wallMs / 1000).toFixed(2)} s`,
      `peak ${(peakKb / 1024).toFixed(0)} MiB`,
      ...(ratio === undefined ? [] : [`${ratio.toFixed(2)} times reading`]),
    ].join('   ');
  return [
    `${(bytes / 1e6).toFixed(0)} MB, ${views ? 'with' : 'without'} views`,
    line('reading in Node', taken.readInNode),
    line('our verifier, levels 1 to 4', taken.level4, ratios.level4),
    line('our verifier, levels 1 to 5', taken.level5, ratios.level5),
    line('reading in Python', taken.readInPython),
    line('verify.py', taken.verifyPy, ratios.verifyPy),
  ];
}
