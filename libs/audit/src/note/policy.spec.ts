import { expect, test } from '@jest/globals';
import { parsePolicy, PolicyError, quorumMet } from './policy.js';
import { vkeyOf } from './vkey.js';

const key = (n: number, type: number): string => vkeyOf(`key.example/${n}`, Buffer.alloc(32, n), type).text;
const LOG = `log ${key(1, 1)}`;
const W = (name: string, n: number): string => `witness ${name} ${key(n, 4)}`;

/** The example of c2sp.org/tlog-policy, with keys. */
const EXAMPLE = `# who signs
${LOG} https://log.example/

${W('X1', 11)} https://x1.example/
${W('X2', 12)}
\t${W('X3', 13)}  \t
  # of the X
group X-witnesses 2 X1 X2 X3

${W('Y1', 21)}
${W('Y2', 22)}
${W('Y3', 23)}
group Y-witnesses any Y1 Y2 Y3

group X-and-Y all X-witnesses Y-witnesses
quorum X-and-Y
`;

test('the example of C2SP tlog-policy is read', () => {
  const policy = parsePolicy(EXAMPLE);
  expect(policy.logs.map(({ vkey, url }) => [vkey.text, url])).toEqual([[key(1, 1), 'https://log.example/']]);
  expect([...policy.witnesses.keys()]).toEqual(['X1', 'X2', 'X3', 'Y1', 'Y2', 'Y3']);
  expect(policy.witnesses.get('X1')?.url).toBe('https://x1.example/');
  expect(policy.witnesses.get('X2')).not.toHaveProperty('url');
  expect(policy.groups.get('X-witnesses')).toEqual({ threshold: 2, members: ['X1', 'X2', 'X3'] });
  expect(policy.groups.get('X-and-Y')?.threshold).toBe(2);
  expect(policy.quorum).toBe('X-and-Y');
});

test.each([
  [true, ['X1', 'X2', 'Y1']],
  [true, ['X1', 'X3', 'Y2', 'Y3']],
  [false, ['X1', 'Y1', 'Y2', 'Y3']],
  [false, ['X1', 'X2', 'X3']],
  [false, []],
  [false, ['X-and-Y', 'X-witnesses']],
  [false, ['nobody', 'X1', 'Y1']],
])('its quorum is met: %s by %j', (met, names) => {
  expect(quorumMet(parsePolicy(EXAMPLE), new Set(names))).toBe(met);
});

test('one witness can be the quorum, or none', () => {
  const one = parsePolicy(`${W('w', 5)}\nquorum w\n`);
  expect([quorumMet(one, new Set()), quorumMet(one, new Set(['w']))]).toEqual([false, true]);
  expect(quorumMet(parsePolicy('quorum none'), new Set())).toBe(true);
});

test('a number of members may be all of them', () => {
  const policy = parsePolicy(`${W('v', 5)}\n${W('w', 6)}\ngroup g 2 v w\nquorum g\n`);
  expect(policy.groups.get('g')?.threshold).toBe(2);
  expect([['v'], ['v', 'w']].map((names) => quorumMet(policy, new Set(names)))).toEqual([false, true]);
});

test.each([
  ['', undefined, 'there is no quorum'],
  [`${LOG}\n`, undefined, 'there is no quorum'],
  ['quorum none\nquorum none', 2, 'there is a quorum already'],
  ['quorum w', 1, '"w" is no witness or group'],
  ['quorum', 1, 'write it as: quorum NAME'],
  ['quorum none none', 1, 'write it as: quorum NAME'],
  ['Quorum none', 1, '"Quorum" is none of'],
  ['log', 1, 'write it as: log VKEY'],
  [`${LOG} url more`, 1, 'write it as: log VKEY'],
  ['log key', 1, 'not a verifier key'],
  [`log ${key(1, 4)}`, 1, 'the key of a log has type 1, this one 4'],
  [`${LOG}\n\n${LOG}`, 3, 'stands here already'],
  [`log ${key(1, 1)}\nlog ${vkeyOf('renamed', Buffer.alloc(32, 1)).text}`, 2, 'stands here already'],
  ['witness w', 1, 'write it as: witness NAME VKEY'],
  [`witness w ${key(1, 1)}`, 1, 'the key of a witness has type 4, this one 1'],
  [`${W('w', 5)}\n${W('w', 6)}`, 2, 'the name "w" is taken'],
  [`${W('w', 5)}\n${W('v', 5)}`, 2, 'stands here already'],
  [W('none', 5), 1, 'the name "none" is taken'],
  [`${W('w', 5)}\ngroup w any w`, 2, 'the name "w" is taken'],
  ['group g any', 1, 'write it as: group'],
  ['group g any w', 1, '"w" is no witness or group'],
  ['group g any none', 1, '"none" is no witness or group'],
  ['group g any g', 1, '"g" is no witness or group'],
  [`${W('w', 5)}\ngroup g 0 w`, 2, '"0" is none of'],
  [`${W('w', 5)}\ngroup g 2 w`, 2, '"2" is none of'],
  [`${W('w', 5)}\ngroup g 01 w`, 2, '"01" is none of'],
  [`${W('w', 5)}\ngroup g any w w`, 2, '"w" is already in a group'],
  [`${W('w', 5)}\ngroup g any w\ngroup h any w`, 3, '"w" is already in a group'],
  ['quorum none\r\n', 1, 'Unix line ends'],
  ['quorum\u000bnone', 1, 'is not allowed'],
  ['quorum\u00a0none', 1, 'is none of'],
  ['\n'.repeat(10_001), undefined, 'more than 10000 lines'],
])('%j is refused, with the line and the fix', (text, line, message) => {
  expect(() => parsePolicy(text)).toThrow(message);
  expect(() => parsePolicy(text)).toThrow(expect.objectContaining({ line }));
  expect(() => parsePolicy(text)).toThrow(PolicyError);
});

test('the same key may be that of a log and of a witness: their types keep them apart', () => {
  const policy = parsePolicy(`${LOG}\nwitness w ${key(1, 4)}\nquorum w\n`);
  expect(policy.witnesses.size).toBe(1);
});
