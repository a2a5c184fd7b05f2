import { once } from 'node:events';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, expect, test } from '@jest/globals';
import { serveReal, type RealServed } from '../testing/serve-real.js';
import { ClamdScanner } from './clamd.js';
import { CommandScanner } from './scan-command.js';
import { scannerOf } from './scanner.js';

interface FakeClamd {
  readonly port: number;
  readonly heard: string[];
  /** What it answers to a stream; nothing for silence. */
  answer: (content: string) => string | undefined;
}

const EICAR = 'X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*';
const servers: Server[] = [];
let served: RealServed | undefined;
afterEach(async () => {
  await served?.close();
  served = undefined;
  for (const server of servers.splice(0)) server.close();
});

/** Speaks clamd's INSTREAM protocol, and hangs up on whoever does not. */
async function fakeClamd(maxBytes = 1_000_000): Promise<FakeClamd> {
  const heard: string[] = [];
  const server = createServer((socket) => {
    let bytes = Buffer.alloc(0);
    let content = '';
    let begun = false;
    socket.on('error', () => undefined);
    socket.on('data', (more) => {
      bytes = Buffer.concat([bytes, more]);
      if (!begun) {
        if (bytes.length < 10) return;
        if (bytes.subarray(0, 10).toString() !== 'zINSTREAM\0') socket.destroy();
        begun = true;
        bytes = bytes.subarray(10);
      }
      while (bytes.length >= 4 && bytes.length >= 4 + bytes.readUInt32BE()) {
        const length = bytes.readUInt32BE();
        content += bytes.subarray(4, 4 + length).toString('latin1');
        bytes = bytes.subarray(4 + length);
        if (content.length > maxBytes) return void socket.end('INSTREAM size limit exceeded. ERROR\0');
        if (length > 0) continue;
        heard.push(content);
        const said = fake.answer(content);
        if (said !== undefined) socket.end(`${said}\0`);
      }
    });
  });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const fake: FakeClamd = {
    port: (server.address() as AddressInfo).port,
    heard,
    answer: (content) => (content.includes('EICAR') ? 'stream: Eicar-Signature FOUND' : 'stream: OK'),
  };
  return fake;
}

async function* bytes(...parts: readonly (string | Buffer)[]): AsyncGenerator<Uint8Array> {
  for (const part of parts) yield Buffer.from(part);
}

test('clamd hears every byte and its word is told', async () => {
  const fake = await fakeClamd();
  const scanner = new ClamdScanner({ host: '127.0.0.1', port: fake.port });
  expect(await scanner.scan(bytes('a', Buffer.alloc(200_000, 'b')))).toEqual({ verdict: 'clean' });
  expect(fake.heard).toEqual([`a${'b'.repeat(200_000)}`]);
  expect(await scanner.scan(bytes(EICAR))).toEqual({ verdict: 'infected', detail: 'Eicar-Signature' });
  expect(await scanner.scan(bytes())).toEqual({ verdict: 'clean' });
});

test('whatever keeps clamd from an answer is no verdict', async () => {
  const fake = await fakeClamd(1_000);
  const scanner = new ClamdScanner({ host: '127.0.0.1', port: fake.port }, 30);
  expect(await scanner.scan(bytes(Buffer.alloc(50_000)))).toMatchObject({ verdict: 'unavailable' });
  fake.answer = () => 'stream: Can’t allocate memory ERROR';
  expect(await scanner.scan(bytes('x'))).toMatchObject({ verdict: 'unavailable' });
  fake.answer = () => 'x'.repeat(10_000);
  expect(await scanner.scan(bytes('x'))).toMatchObject({ verdict: 'unavailable' });
  fake.answer = () => undefined;
  expect(await scanner.scan(bytes('x'))).toEqual({ verdict: 'unavailable', detail: 'clamd is silent' });
  for (const server of servers.splice(0)) server.close();
  expect(await scanner.scan(bytes('x'))).toMatchObject({ verdict: 'unavailable' });
});

test('a program says clean by 0 and infected by 1, and anything else is no verdict', async () => {
  const node = (code: string): CommandScanner => new CommandScanner([process.execPath, '-e', code], 5_000);
  const reads =
    "let t='';process.stdin.on('data',d=>t+=d).on('end',()=>{console.log('found '+t);process.exit(t==='bad'?1:0)})";
  expect(await node(reads).scan(bytes('good'))).toEqual({ verdict: 'clean' });
  expect(await node(reads).scan(bytes('bad'))).toEqual({ verdict: 'infected', detail: 'found bad' });
  expect(await node('process.exit(1)').scan(bytes(Buffer.alloc(1_000_000)))).toMatchObject({
    verdict: 'infected',
  });
  expect(await node('process.exit(2)').scan(bytes('x'))).toEqual({ verdict: 'unavailable' });
  expect(await new CommandScanner(['/nonexistent/scanner']).scan(bytes('x'))).toMatchObject({
    verdict: 'unavailable',
  });
});

test('the setting names clamd or a program', () => {
  expect(scannerOf(undefined)).toBeUndefined();
  expect(scannerOf('tcp://[::1]:3310')).toEqual(new ClamdScanner({ host: '::1', port: 3310 }));
  expect(scannerOf('command: clamscan --no-summary -')).toEqual(
    new CommandScanner(['clamscan', '--no-summary', '-']),
  );
});

test('an infected file is entered, kept in quarantine, and handed to an administrator who asks for it', async () => {
  const fake = await fakeClamd();
  served = await serveReal({ CORDON_EVIDENCE_SCAN: `tcp://127.0.0.1:${fake.port}` });
  const path = `/api/v1/incidents/${await served.open()}/evidence`;
  const upload = (raw: string, name: string) =>
    served?.ask(`${path}?name=${name}`, {
      raw,
      headers: { 'Idempotency-Key': name, 'Content-Type': 'text/plain' },
    });
  expect((await upload(EICAR, 'bad.com'))?.body.item).toMatchObject({ scan: 'infected', quarantined: true });
  expect((await upload('good', 'good.txt'))?.body.item).toMatchObject({ scan: 'clean', quarantined: false });
  const { token } = await served.person('coordinator');
  for (const [who, query] of [
    [undefined, ''],
    [token, ''],
    [token, '?quarantined=true'],
  ] as const) {
    const refused = await served.ask(`${path}/1${query}`, who === undefined ? {} : { token: who });
    expect([refused.status, refused.body.code]).toEqual([403, 'evidence_quarantined']);
  }
  const given = await served.ask(`${path}/1?quarantined=true`);
  expect([given.status, given.text]).toEqual([200, EICAR]);
  expect(given.headers.get('content-disposition')).toContain('bad.com.quarantined');
  const { items } = (await served.ask(path)).body;
  expect(
    items[0].custody.map(({ type, verdict, detail }: Record<string, string>) => [type, verdict, detail]),
  ).toEqual([
    ['evidence.add', undefined, undefined],
    ['evidence.scan', 'infected', 'Eicar-Signature'],
    ['evidence.view', undefined, undefined],
  ]);
  expect(items[0].custody[1].by).toEqual({ id: 'cordon', type: 'system' });
});

test('a scanner that was not there is asked again before the file is handed out', async () => {
  const fake = await fakeClamd();
  fake.answer = () => 'stream: no database ERROR';
  served = await serveReal({ CORDON_EVIDENCE_SCAN: `tcp://127.0.0.1:${fake.port}` });
  const path = `/api/v1/incidents/${await served.open()}/evidence`;
  const headers = { 'Idempotency-Key': 'k', 'Content-Type': 'text/plain' };
  const added = await served.ask(`${path}?name=x`, { raw: EICAR, headers });
  expect(added.body.item).toMatchObject({ scan: 'unavailable', quarantined: false });
  expect((await served.ask(`${path}/1`)).status).toBe(200);
  fake.answer = () => 'stream: Eicar-Signature FOUND';
  expect((await served.ask(`${path}/1`)).body.code).toBe('evidence_quarantined');
  expect((await served.ask(`${path}?name=x`, { raw: EICAR, headers })).body.item.quarantined).toBe(true);
});
