/** Time-stamps by a real authority (OpenSSL's `ts`, behind HTTP): asked for with our client, verified with ours and with OpenSSL. */
import { execFile, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { timestampAuthority } from '@cordon/actions';
import { verifyTimestamp } from '../../apps/cli/src/audit/timestamps.js';

const execute = promisify(execFile);
const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

const CONFIG = `
[ca]
basicConstraints = critical,CA:true
keyUsage = critical,keyCertSign,cRLSign
[tsa]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping
[lax]
keyUsage = critical,digitalSignature
extendedKeyUsage = timeStamping
[wide]
keyUsage = critical,digitalSignature
extendedKeyUsage = critical,timeStamping,codeSigning
[bare]
subjectKeyIdentifier = hash
[none]
keyUsage = critical,digitalSignature
[request]
distinguished_name = name
prompt = no
[name]
CN = unused
`;

const checkpoint = Buffer.from(
  'cordon-log/ts\n4\nq1V0000000000000000000000000000000000000000=\n\n— cordon-log/ts 0Vx=\n',
);

let folder: string;
const servers: Server[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cordon-ts-'));
  await writeFile(join(folder, 'openssl.cnf'), CONFIG);
});
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);
/** One command line; none of its words has a space. */
const openssl = (line: string) => execute('openssl', line.split(' '), { cwd: folder });

/** Key types of the authorities that there are. */
const KEYS: Readonly<Record<string, string>> = {
  ec: '-newkey ec -pkeyopt ec_paramgen_curve:P-256',
  rsa: '-newkey rsa:2048',
};

async function ca(name: string, called = name): Promise<string> {
  const made = `-keyout ${name}.key -out ${name}.pem -days 30 -nodes -subj /O=Tests/CN=${called}`;
  await openssl(`req -x509 ${KEYS['ec']} ${made} -config openssl.cnf -extensions ca`);
  return readFile(at(`${name}.pem`), 'utf8');
}

/** A certificate below this CA, with its key. */
async function certificate(name: string, issuer: string, key: string, extensions: string): Promise<void> {
  const made = `-keyout ${name}.key -out ${name}.csr -nodes -subj /O=Tests/CN=${name}`;
  await openssl(`req -new ${KEYS[key]} ${made} -config openssl.cnf`);
  const by = `-CA ${issuer}.pem -CAkey ${issuer}.key -CAcreateserial -days 20`;
  await openssl(
    `x509 -req -in ${name}.csr ${by} -extfile openssl.cnf -extensions ${extensions} -out ${name}.pem`,
  );
}

/** An authority below this CA, and a server that answers in its name. */
async function authority(name: string, issuer: string, { key = 'ec', hash = 'sha256', options = '' } = {}) {
  await certificate(name, issuer, key, 'tsa');
  await writeFile(
    at(`${name}.cnf`),
    `[tsa]\ndefault_tsa = main\n[main]\nserial = ${at(`${name}.serial`)}\nsigner_cert = ${at(`${name}.pem`)}\nsigner_key = ${at(`${name}.key`)}\ncerts = ${at(`${issuer}.pem`)}\nsigner_digest = ${hash}\ndefault_policy = 1.2.3.4.1\ndigests = sha256, sha512\n${options}\n`,
  );
  let asked = 0;
  const reply = async (query: Buffer): Promise<Buffer> => {
    const [from, to] = [`${name}.${(asked += 1)}.tsq`, `${name}.${asked}.tsr`];
    await writeFile(at(from), query);
    await openssl(`ts -reply -config ${name}.cnf -queryfile ${from} -out ${to}`);
    return readFile(at(to));
  };
  return {
    url: await serve(reply),
    stamp: async () => timestampAuthority(await serve(reply)).stamp(checkpoint),
  };
}

/** Serves replies; `reply` is given what was asked. */
async function serve(reply: (query: Buffer) => Promise<Uint8Array>): Promise<string> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      if (request.headers['content-type'] !== 'application/timestamp-query')
        return response.writeHead(415).end();
      reply(Buffer.concat(chunks)).then(
        (bytes) => response.writeHead(200, { 'content-type': 'application/timestamp-reply' }).end(bytes),
        (error: unknown) => response.writeHead(500).end(String(error)),
      );
      return undefined;
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsa`;
}

/** TSTInfo as it was signed, in latin1; it lies in `tst.der` too. */
async function tstInfoOf(reply: Uint8Array): Promise<string> {
  await writeFile(at('good.tsr'), reply);
  await openssl('ts -reply -in good.tsr -token_out -out good.p7s');
  await openssl('cms -verify -noverify -in good.p7s -inform DER -out tst.der');
  return readFile(at('tst.der'), 'latin1');
}

/** TimeStampResp: status granted, and this token. */
function replyAround(token: Buffer): Buffer {
  const body = Buffer.concat([Buffer.from('3003020100', 'hex'), token]);
  return Buffer.concat([Buffer.from([0x30, 0x82, body.length >> 8, body.length & 0xff]), body]);
}

async function opensslVerifies(reply: Uint8Array, message: Uint8Array, issuer: string): Promise<boolean> {
  await Promise.all([writeFile(at('check.tsr'), reply), writeFile(at('check.txt'), message)]);
  return openssl(`ts -verify -in check.tsr -data check.txt -CAfile ${issuer}.pem`).then(
    ({ stdout, stderr }) => /Verification: OK/.test(stdout + stderr),
    () => false,
  );
}

const described = hasOpenssl ? describe : describe.skip; // needs the openssl command, which is not everywhere

described('with the openssl command', () => {
  test('a checkpoint is stamped, and its reply holds for us as it holds for OpenSSL', async () => {
    // Another key of the same name is another CA.
    const [ours, others] = [await ca('root'), await ca('stranger', 'root')];
    for (const options of [
      { key: 'ec', hash: 'sha256' },
      { key: 'rsa', hash: 'sha512', options: 'clock_precision_digits = 3' },
      { key: 'rsa', hash: 'sha256', options: 'ess_cert_id_alg = sha1' },
      { key: 'ec', hash: 'sha384', options: 'ess_cert_id_alg = sha512\nclock_precision_digits = 6' },
    ]) {
      const before = Math.floor(Date.now() / 1000) * 1000;
      const reply = await (await authority(`tsa-${options.key}-${options.hash}`, 'root', options)).stamp();
      const verdict = verifyTimestamp(reply, checkpoint, ours);
      expect(verdict).toEqual({
        ok: true,
        time: expect.any(Date),
        signer: expect.stringMatching(/CN=tsa-/),
        anchored: true,
      });
      expect(verdict.ok && verdict.time.getTime()).toBeGreaterThanOrEqual(before);
      expect(verifyTimestamp(reply, checkpoint)).toMatchObject({ ok: true, anchored: false });
      expect(await opensslVerifies(reply, checkpoint, 'root')).toBe(true);
      expect(verifyTimestamp(reply, checkpoint, others)).toEqual({
        ok: false,
        reason: expect.stringMatching(/not .*the given CA/),
      });
      expect(await opensslVerifies(reply, checkpoint, 'stranger')).toBe(false);
      expect(verifyTimestamp(reply, checkpoint, `${others}\n${ours}`)).toMatchObject({ ok: true });
      const altered = Buffer.from(checkpoint.toString().replace('\n4\n', '\n5\n'));
      expect(verifyTimestamp(reply, altered, ours)).toEqual({
        ok: false,
        reason: 'the time-stamp is over another message',
      });
      expect(await opensslVerifies(reply, altered, 'root')).toBe(false);
    }
  });

  test('no byte of a reply can be changed so that another time, message or signer holds', async () => {
    const pem = await ca('bytes');
    const reply = await (await authority('tsa-bytes', 'bytes')).stamp();
    const whole = verifyTimestamp(reply, checkpoint, pem);
    expect(whole.ok).toBe(true);
    const held: number[] = [];
    for (let index = 0; index < reply.length; index++) {
      const altered = Buffer.from(reply);
      altered[index] = (altered[index] ?? 0) ^ 0x01;
      const verdict = verifyTimestamp(altered, checkpoint, pem);
      if (!verdict.ok) continue;
      expect(verdict).toEqual(whole);
      held.push(index);
    }
    // What holds is not signed: the status, versions, names of algorithms that are named twice, and what is in no chain.
    expect(held.length).toBeLessThan(reply.length / 2);
    expect(held.filter((index) => index >= reply.length - 64)).toEqual([]);
    // Another time, with its hash made right in what was signed: only the signature itself is against it.
    const text = Buffer.from(reply).toString('latin1');
    const [time = ''] = /20\d{12}Z/.exec(text) ?? [];
    const info = await tstInfoOf(reply);
    const digest = (bytes: string) =>
      createHash('sha256').update(bytes, 'latin1').digest().toString('latin1');
    const later = time.replace(/^20/, '21');
    const forged = text.replace(time, later).replace(digest(info), () => digest(info.replace(time, later)));
    expect(forged.length).toBe(text.length);
    expect(verifyTimestamp(Buffer.from(forged, 'latin1'), checkpoint, pem)).toEqual({
      ok: false,
      reason: 'the signature does not verify',
    });
    for (let length = 0; length < reply.length; length += 7)
      expect(verifyTimestamp(reply.subarray(0, length), checkpoint, pem).ok).toBe(false);
  });

  test('a certificate that is not for time-stamping alone does not count, nor one that was not valid then', async () => {
    const pem = await ca('strict');
    const good = Buffer.from(await (await authority('tsa-strict', 'strict')).stamp());
    // OpenSSL's own authority refuses such a certificate, so the same TSTInfo is signed by hand.
    const info = await tstInfoOf(good);
    const resigned = async (name: string, more = ''): Promise<Buffer> => {
      const as = `-signer ${name}.pem -inkey ${name}.key -econtent_type 1.2.840.113549.1.9.16.1.4`;
      await openssl(
        `cms -sign -in tst.der ${as} -binary -nodetach -cades -md sha256${more} -outform DER -out ${name}.p7s`,
      );
      return replyAround(await readFile(at(`${name}.p7s`)));
    };
    expect(verifyTimestamp(await resigned('tsa-strict'), checkpoint, pem)).toMatchObject({ ok: true });
    for (const extensions of ['lax', 'wide', 'none']) {
      await certificate(`tsa-${extensions}`, 'strict', 'ec', extensions);
      expect(verifyTimestamp(await resigned(`tsa-${extensions}`), checkpoint, pem)).toEqual({
        ok: false,
        reason: expect.stringMatching(/is not one for time-stamping alone/),
      });
    }
    // A second certificate of the same key is not the one that was signed with.
    const twin =
      '-CA strict.pem -CAkey strict.key -CAcreateserial -days 20 -extfile openssl.cnf -extensions tsa';
    await openssl(`x509 -req -in tsa-strict.csr ${twin} -out twin.pem`);
    expect(
      verifyTimestamp(await resigned('tsa-strict', ' -nocerts -certfile twin.pem'), checkpoint, pem),
    ).toEqual({
      ok: false,
      reason: 'the certificate that signed is not in the reply',
    });
    await writeFile(at('tst.der'), info.replace(/20\d\d(\d{10}Z)/, '2001$1'), 'latin1');
    const early = await resigned('tsa-strict');
    for (const anchors of [pem, undefined])
      expect(verifyTimestamp(early, checkpoint, anchors)).toEqual({
        ok: false,
        reason: expect.stringMatching(/CN=tsa-strict was not valid at 2001/),
      });
  });

  test('a CA above the one that issued the certificate is enough, when the reply brings the one between', async () => {
    const top = await ca('top');
    await certificate('between', 'top', 'ec', 'ca');
    const reply = await (await authority('tsa-below', 'between')).stamp();
    expect(verifyTimestamp(reply, checkpoint, top)).toMatchObject({ ok: true, anchored: true });
    expect(await opensslVerifies(reply, checkpoint, 'top')).toBe(true);
    // A certificate of that CA which is no CA itself cannot be the one between.
    for (const extensions of ['tsa', 'bare']) {
      await certificate('between', 'top', 'ec', extensions);
      const pretended = await (await authority(`tsa-below-${extensions}`, 'between')).stamp();
      expect(verifyTimestamp(pretended, checkpoint, top)).toEqual({
        ok: false,
        reason: expect.stringMatching(/does not lead to the given CA/),
      });
      expect(await opensslVerifies(pretended, checkpoint, 'top')).toBe(false);
    }
  });

  test('what is no reply, and a CA that is no certificate, are told as such', () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('no reply'), Buffer.from('30053003020102', 'hex')])
      expect(verifyTimestamp(bytes, checkpoint)).toEqual({
        ok: false,
        reason: expect.stringMatching(/\w{3}/),
      });
    expect(verifyTimestamp(Buffer.from('no reply'), checkpoint, 'no certificate')).toMatchObject({
      reason: expect.stringMatching(/holds no certificate/),
    });
  });

  test('a reply to another question, a refusal and what is no reply are not taken', async () => {
    await ca('wrong');
    const { url, stamp } = await authority('tsa-wrong', 'wrong');
    const earlier = await stamp();
    const asked = async (reply: (query: Buffer) => Promise<Uint8Array>, message = checkpoint) =>
      timestampAuthority(await serve(reply)).stamp(message);
    await expect(asked(() => Promise.resolve(earlier))).rejects.toThrow(
      /another request \(the nonce differs\)/,
    );
    await expect(asked(() => Promise.resolve(earlier), Buffer.from('else'))).rejects.toThrow(
      /stamped something else/,
    );
    // PKIStatus 2, rejection, without a token.
    await expect(asked(() => Promise.resolve(Buffer.from('30053003020102', 'hex')))).rejects.toThrow(
      /status 2/,
    );
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from('<html>'),
      earlier.subarray(0, -1),
      Buffer.alloc(65 * 1024),
    ])
      await expect(asked(() => Promise.resolve(bytes))).rejects.toMatchObject({ name: 'OperationalError' });
    await expect(asked(() => Promise.reject(new Error('no')))).rejects.toThrow(/answered 500/);
    await expect(
      timestampAuthority(`${url.replace(/:\d+/, ':1')}?token=s3cret`).stamp(checkpoint),
    ).rejects.toThrow(/^the time-stamp authority 127\.0\.0\.1:1 did not answer \(\w+\)$/);
    expect(() => timestampAuthority('file:///etc/passwd')).toThrow(/only https/);
  });
});
