import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { INDICATOR_TYPES, indicatorProblem, normalIndicator, type IndicatorType } from './indicators.js';

const GOOD: readonly (readonly [IndicatorType, string, string])[] = [
  ['ipv4', '198[.]51[.]100[.]7', '198.51.100.7'],
  ['ipv4', ' 198.51.100(dot)7 ', '198.51.100.7'],
  ['ipv4', '198.51.100.0/24', '198.51.100.0/24'],
  ['ipv4', '0.0.0.0/0', '0.0.0.0/0'],
  ['ipv6', '2001:0DB8:0000:0000:0001:0000:0000:0001', '2001:db8::1:0:0:1'],
  ['ipv6', '[2001:db8::7]', '2001:db8::7'],
  ['ipv6', '2001[:]db8[:]:7', '2001:db8::7'],
  ['ipv6', '::', '::'],
  ['ipv6', '::ffff:192.0.2.1', '::ffff:c000:201'],
  ['ipv6', '1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
  ['ipv6', '2001:db8::/32', '2001:db8::/32'],
  ['domain', 'Evil[.]Example', 'evil.example'],
  ['domain', 'evil {dot} example.', 'evil.example'],
  ['domain', '_dmarc.bad.example', '_dmarc.bad.example'],
  ['domain', '電郵.香港', 'xn--vg4ap2j.xn--j6w193g'],
  ['url', 'hxxps://Evil[.]example/a/../B?q=1', 'https://evil.example/a/../B?q=1'],
  ['url', 'hXXp[:]//evil.example:8080', 'http://evil.example:8080'],
  ['url', 'fxp[://]evil.example/x', 'ftp://evil.example/x'],
  ['url', 'http://[2001:DB8::1]/x', 'http://[2001:db8::1]/x'],
  ['url', "http://evil.example/it's", "http://evil.example/it's"],
  ['url', 'http://evil.example/勒索', 'http://evil.example/%E5%8B%92%E7%B4%A2'],
  ['email', 'Some.One[@]Evil[.]example', 'Some.One@evil.example'],
  ['email', 'mailto:a@evil.example', 'a@evil.example'],
  ['file-md5', 'D41D8CD98F00B204E9800998ECF8427E', 'd41d8cd98f00b204e9800998ecf8427e'],
  ['file-sha1', `${'A'.repeat(40)}`, 'a'.repeat(40)],
  ['file-sha256', `${'0'.repeat(64)}`, '0'.repeat(64)],
  ['mutex', 'Global\\Bad[.]Mutex', 'Global\\Bad[.]Mutex'],
  ['registry-key', 'hklm\\Software\\Bad', 'HKEY_LOCAL_MACHINE\\Software\\Bad'],
  ['registry-key', 'HKEY_USERS', 'HKEY_USERS'],
  ['user-account', 'CORP\\svc-backup', 'CORP\\svc-backup'],
  ['asn', 'asn 64500', 'AS64500'],
  ['asn', '4294967295', 'AS4294967295'],
];

test.each(GOOD)('%s %j is kept as %j', (type, pasted, kept) => {
  expect(normalIndicator(type, pasted)).toBe(kept);
  expect(indicatorProblem(type, kept)).toBeUndefined();
  expect(normalIndicator(type, kept)).toBe(kept);
});

const BAD: readonly (readonly [IndicatorType, string])[] = [
  ['ipv4', '256.1.1.1'],
  ['ipv4', '010.0.0.1'],
  ['ipv4', '10.0.0'],
  ['ipv4', '10.0.0.1/24'],
  ['ipv4', '10.0.0.0/33'],
  ['ipv4', "1.1.1.1' OR '1"],
  ['ipv6', '1::2::3'],
  ['ipv6', '1:2:3:4:5:6:7'],
  ['ipv6', '1:2:3:4:5:6:7::8'],
  ['ipv6', 'fe80::1%eth0'],
  ['ipv6', '2001:db8::1/32'],
  ['ipv6', '12345::'],
  ['domain', 'localhost'],
  ['domain', '1.2.3.4'],
  ['domain', '-bad.example'],
  ['domain', 'bad..example'],
  ['domain', `${'a'.repeat(64)}.example`],
  ['domain', 'bad.example/path'],
  ['domain', 'http://bad.example'],
  ['domain', 'bad.example\nother.example'],
  ['url', 'bad.example'],
  ['url', 'javascript:alert(1)'],
  ['url', 'http://'],
  ['url', 'http://bad.example/a b'],
  ['url', `http://bad.example/${'a'.repeat(4_000)}`],
  ['url', 'http://[zz]/'],
  ['email', 'bad.example'],
  ['email', '@bad.example'],
  ['email', 'a b@bad.example'],
  ['file-md5', 'a'.repeat(40)],
  ['file-sha256', 'g'.repeat(64)],
  ['mutex', 'two\nlines'],
  ['mutex', ''],
  ['mutex', 'a'.repeat(501)],
  ['registry-key', 'Software\\Bad'],
  ['user-account', 'turned\u202earound'],
  ['asn', 'AS4294967296'],
  ['asn', 'AS-1'],
];

test.each(BAD)('%s %j is none', (type, pasted) => {
  expect(normalIndicator(type, pasted)).toBeUndefined();
  expect(indicatorProblem(type, pasted)).toEqual(expect.any(String));
});

test('whatever is pasted, what is kept is kept the same when it is pasted again, and fits', () => {
  const pasted = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.ipV4(),
    fc.ipV6(),
    fc.domain(),
    fc.webUrl(),
    fc.emailAddress(),
    fc.ipV4().map((ip) => ip.replaceAll('.', '[.]')),
    fc.webUrl().map((url) => url.replace('http', 'hxxp').replaceAll('.', '[.]')),
  );
  fc.assert(
    fc.property(fc.constantFrom(...INDICATOR_TYPES), pasted, (type, text) => {
      const kept = normalIndicator(type, text);
      if (kept === undefined) return;
      expect(indicatorProblem(type, kept)).toBeUndefined();
      expect(normalIndicator(type, kept)).toBe(kept);
    }),
    { numRuns: 3_000 },
  );
});

test('every address is one, plain and defanged', () => {
  const defanged = (text: string): string => text.replaceAll('.', '[.]');
  fc.assert(fc.property(fc.ipV4(), (ip) => expect(normalIndicator('ipv4', defanged(ip))).toBe(ip)));
  fc.assert(
    fc.property(fc.ipV6(), (ip) =>
      expect(normalIndicator('ipv6', ip)).toBe(new URL(`http://[${ip}]/`).hostname.slice(1, -1)),
    ),
  );
  fc.assert(
    fc.property(fc.domain(), (name) =>
      expect(normalIndicator('domain', defanged(name))).toBe(name.toLowerCase()),
    ),
  );
});
