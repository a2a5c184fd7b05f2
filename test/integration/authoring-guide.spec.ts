/** The worked example of docs/playbooks.md, and what the guide says of it. */
import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { drawPlaybook } from '@cordon/diagram';
import { compileMachines } from '@cordon/engine';
import { parsePlaybook, planOf } from '@cordon/playbook';
import { explore, replayCase } from '@cordon/proof';

const guide = readFileSync(new URL('../../docs/playbooks.md', import.meta.url), 'utf8');
const example = /<!-- worked-example -->\s*```yaml\n([\s\S]*?)```/.exec(guide)?.[1] ?? '';

test('the example is a playbook without findings', () => {
  expect(parsePlaybook(example)).toMatchObject({ playbook: { id: 'missing-laptop' }, findings: [] });
});

function machinesOf(text: string) {
  const { playbook } = parsePlaybook(text);
  if (!playbook) throw new Error('the example parses');
  return compileMachines(playbook, 'digest');
}

test('everything asked of it holds', () => {
  const { properties } = explore(machinesOf(example));
  expect(properties.filter(({ verdict }) => verdict !== 'holds')).toEqual([]);
});

test('the fault that the guide suggests is found, and its run leaves nobody to perform the duty', () => {
  const faulty = example.replace('when: personalData == "yes"', 'when: encrypted == "no"');
  expect(parsePlaybook(faulty).findings).toEqual([]);
  const machines = machinesOf(faulty);
  const duty = explore(machines).properties.find(({ id }) => id === 'duty:privacy-regulator');
  expect(duty?.verdict).toBe('violated');
  if (!duty?.case) throw new Error('a violated property shows a run');
  expect(replayCase(machines, duty.case)).toMatchObject({ breaks: true });
});

test('the pictures of the front page are drawings of it', () => {
  const { playbook } = parsePlaybook(example);
  if (!playbook) throw new Error('the example parses');
  for (const theme of ['light', 'dark'] as const) {
    const picture = readFileSync(
      new URL(`../../docs/images/missing-laptop-${theme}.svg`, import.meta.url),
      'utf8',
    );
    expect(picture.trim()).toBe(drawPlaybook(planOf(playbook), { language: 'en', theme }).trim());
  }
});
