import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Report } from '@cordon/audit';
import { packBundle, setLines, linesIn, type Parts } from '../support/bundle.js';
import { chance, seedOfRun, type Chance } from '../support/random.js';
import { Verifiers, type Given } from './both-verifiers.js';
import { type Base, resigned, signed, workbench } from './mutations/bench.js';
import { hasPython } from './python-verifier.js';

const RUNS = 120;
const BASES: readonly Base[] = ['log', 'incident', 'bare', 'bare incident', 'part'];

let bench: Awaited<ReturnType<typeof workbench>>;
let verifiers: Verifiers;
beforeAll(async () => {
  bench = await workbench();
  verifiers = await Verifiers.open(hasPython);
});
afterAll(() => verifiers.close());

interface Verdict {
  readonly ok: boolean;
  readonly level: number | undefined;
  readonly code: string | undefined;
}

const verdictOf = ({ ok, fault }: Report): Verdict => ({ ok, level: fault?.level, code: fault?.code });

/** What both say; levels 1 to 4, which both have. */
async function verdicts(given: Given): Promise<{ readonly typescript: Verdict; readonly python: Verdict }> {
  const typescript = verdictOf(await verifiers.typescript(given, 4));
  if (!hasPython) return { typescript, python: typescript };
  const report = await verifiers.byPython(given);
  if ('unusable' in report) throw new Error(report.unusable);
  return { typescript, python: verdictOf(report) };
}

const bytesOf = (draw: Chance, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => draw.between(0, 255)));

/** The bytes with something done to them somewhere. */
function disturbed(draw: Chance, data: Buffer, other: Buffer): Buffer {
  const at = draw.between(0, Math.max(0, data.length - 1));
  const length = draw.between(1, draw.happens(0.5) ? 4 : 2000);
  const kinds = ['flip', 'cut', 'drop', 'repeat', 'insert', 'overwrite', 'splice'] as const;
  switch (draw.pick(kinds)) {
    case 'flip': {
      const out = Buffer.from(data);
      if (out.length > 0) out[at] = (out[at] ?? 0) ^ (1 << draw.between(0, 7));
      return out;
    }
    case 'cut':
      return data.subarray(0, at);
    case 'drop':
      return Buffer.concat([data.subarray(0, at), data.subarray(at + length)]);
    case 'repeat':
      return Buffer.concat([data.subarray(0, at + length), data.subarray(at)]);
    case 'insert':
      return Buffer.concat([data.subarray(0, at), bytesOf(draw, Math.min(length, 40)), data.subarray(at)]);
    case 'overwrite':
      return Buffer.concat([
        data.subarray(0, at),
        bytesOf(draw, Math.min(length, 40)),
        data.subarray(at + Math.min(length, 40)),
      ]);
    case 'splice':
      return Buffer.concat([data.subarray(0, at), other.subarray(draw.between(0, other.length))]);
  }
}

/** The lines of a part with something done to some of them. */
function shuffled(draw: Chance, parts: Parts, others: Parts, path: string): void {
  const lines = linesIn(parts, path);
  const a = draw.between(0, Math.max(0, lines.length - 1));
  const b = draw.between(0, Math.max(0, lines.length - 1));
  const foreign = linesIn(others, path);
  const out = [
    () => lines.toSpliced(a, 1),
    () => lines.toSpliced(a, 0, lines[b] ?? ''),
    () => (lines.length > 0 ? lines.with(a, lines[b] ?? '').with(b, lines[a] ?? '') : lines),
    () => lines.slice(0, Math.max(1, a)),
    () => (lines.length > 0 && foreign.length > 0 ? lines.with(a, draw.pick(foreign)) : lines),
    () =>
      lines.length > 0
        ? lines.with(a, disturbed(draw, Buffer.from(lines[a] ?? ''), Buffer.from(lines[b] ?? '')).toString())
        : lines,
  ];
  setLines(parts, path, draw.pick(out)());
}

test(`a file with bytes changed at random never verifies, and both say why in the same words, ${RUNS} times`, async () => {
  const seed = seedOfRun();
  const draw = chance(seed);
  const files = await Promise.all(BASES.map((base) => packBundle(bench.of(base))));
  for (let run = 0; run < RUNS; run += 1) {
    const base = draw.between(0, BASES.length - 1);
    const [sound, other] = [files[base] ?? Buffer.alloc(0), draw.pick(files)];
    const zip = disturbed(draw, sound, other);
    if (zip.equals(sound)) continue;
    const said = await verdicts({ zip, policy: bench.of(BASES[base] ?? 'log').policy });
    expect({ seed, run, ...said.typescript }).toMatchObject({ ok: false });
    expect({ seed, run, ...said.python }).toEqual({ seed, run, ...said.typescript });
  }
}, 120_000);

test(`with members changed at random and signed with the true bundle key, both say the same, ${RUNS} times`, async () => {
  const seed = seedOfRun() + 1;
  const draw = chance(seed);
  for (let run = 0; run < RUNS; run += 1) {
    const base = draw.pick(BASES);
    const bundle = bench.of(base);
    const others = bench.of(draw.pick(BASES)).parts;
    const path = draw.pick(
      [...bundle.parts.keys()].filter((one) => !/^(?:VERIFY|verify|machines)/.test(one)),
    );
    if (path.endsWith('.jsonl') || path.endsWith('.txt')) {
      for (let i = draw.between(1, 2); i > 0; i -= 1) shuffled(draw, bundle.parts, others, path);
    } else
      bundle.parts.set(
        path,
        disturbed(draw, bundle.parts.get(path) ?? Buffer.alloc(0), others.get(path) ?? Buffer.alloc(0)),
      );
    const said = await verdicts({ zip: await signed(bundle), policy: bundle.policy });
    expect({ seed, run, path, ...said.python }).toEqual({ seed, run, path, ...said.typescript });
  }
}, 120_000);

test(`with leaves changed at random and everything signed with the true keys, both say the same, ${RUNS} times`, async () => {
  const seed = seedOfRun() + 2;
  const draw = chance(seed);
  for (let run = 0; run < RUNS; run += 1) {
    const bundle = bench.of('bare');
    const others = bench.of(draw.pick(BASES)).parts;
    for (let i = draw.between(1, 2); i > 0; i -= 1) shuffled(draw, bundle.parts, others, 'log/entries.jsonl');
    if (linesIn(bundle.parts, 'log/entries.jsonl').length === 0) continue; // a tree of nothing has no proofs to make
    const said = await verdicts({ zip: await resigned(bundle), policy: bundle.policy });
    expect({ seed, run, ...said.python }).toEqual({ seed, run, ...said.typescript });
  }
}, 120_000);
