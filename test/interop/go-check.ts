/** Our logs before the libraries with which the Go toolchain checks its module database: somebody else's eyes. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** One log as it would be handed out. Hashes and bytes are in base64; what is absent is not checked. */
export interface GoCase {
  readonly vkey: string;
  /** The signed checkpoint. */
  readonly note: string;
  readonly inclusion?: readonly {
    readonly index: number;
    readonly hash: string;
    readonly proof: readonly string[];
  }[];
  /** Older trees that the checkpoint's must follow from. */
  readonly consistency?: readonly {
    readonly size: number;
    readonly root: string;
    readonly proof: readonly string[];
  }[];
  /** By their C2SP tlog-tiles path: full ones, and the partial ones of the checkpoint's size. */
  readonly tiles?: Readonly<Record<string, string>>;
  /** Leaf hashes that must be found through the tiles. */
  readonly leaves?: readonly { readonly index: number; readonly hash: string }[];
  /** Entry bundles by their index; needs the tiles. */
  readonly bundles?: Readonly<Record<number, string>>;
}

/** Where Debian's golang-golang-x-mod-dev puts its sources. */
const GO = {
  ...process.env,
  GO111MODULE: 'off',
  GOPATH: '/usr/share/gocode',
  GOFLAGS: '',
  GOCACHE: join(tmpdir(), 'cordon-go-cache'),
};

let there: boolean | undefined;
let program: string | undefined;

/** Whether Go and its package x/mod are installed (Debian: golang-go, golang-golang-x-mod-dev). */
export function goIsThere(): boolean {
  there ??= spawnSync('go', ['list', 'golang.org/x/mod/sumdb/tlog'], { env: GO }).status === 0;
  return there;
}

/** For each case the empty text where Go accepts it, else why it refuses. Compiles the checker at the first call. Throws where Go fails for another reason. */
export function checkWithGo(cases: readonly GoCase[]): readonly string[] {
  program ??= compile();
  const { status, stdout, stderr } = spawnSync(program, {
    input: JSON.stringify(cases),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status !== 0) throw new Error(`the Go checker failed: ${stderr}`);
  return JSON.parse(stdout) as string[];
}

function compile(): string {
  const target = join(mkdtempSync(join(tmpdir(), 'cordon-go-')), 'check');
  const source = fileURLToPath(new URL('go/main.go', import.meta.url));
  const { status, stderr } = spawnSync('go', ['build', '-o', target, source], { env: GO, encoding: 'utf8' });
  if (status !== 0) throw new Error(`the Go checker does not compile: ${stderr}`);
  return target;
}
