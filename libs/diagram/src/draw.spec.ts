import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { drawPlaybook } from './draw.js';
import type { Marks } from './marks.js';
import { everything, largePlan, planWith, stepOf, task, text } from './testing/plans.js';
import { planFrom } from './testing/random-plan.js';
import { elementsIn, parseXml, textIn, type XmlElement } from './testing/strict-xml.js';

const anyPlan = fc.array(fc.nat(9_999), { maxLength: 150, size: 'max' }).map(planFrom);

const named = (root: XmlElement, name: string): readonly XmlElement[] =>
  elementsIn(root).filter((one) => one.name === name);

function stepsIn(root: XmlElement): ReadonlyMap<string, XmlElement> {
  const steps = elementsIn(root).filter((one) => one.attributes.has('data-step'));
  const found = new Map(steps.map((one) => [one.attributes.get('data-step') ?? '', one]));
  if (found.size !== steps.length) throw new Error('a step is drawn twice');
  return found;
}

const titleOf = (element: XmlElement): string => {
  const first = element.children.find((child) => typeof child === 'object');
  if (first?.name !== 'title') throw new Error('the first child is no <title>');
  return textIn(first);
};

test('a drawing is well-formed XML that needs nothing from outside and runs nothing', () => {
  for (const theme of ['light', 'dark', 'auto'] as const) {
    const svg = drawPlaybook(everything(), { language: 'en', theme });
    const root = parseXml(svg);
    const names = new Set(elementsIn(root).map(({ name }) => name));
    expect([...names].toSorted()).toEqual([
      'desc',
      'g',
      'path',
      'rect',
      'style',
      'svg',
      'text',
      'title',
      'tspan',
    ]);
    expect(svg).not.toMatch(/\b(href|src|on\w+)=|@import|@font-face|url\(/);
    expect(svg.match(/https?:[^"]*/g)).toEqual(['http://www.w3.org/2000/svg']);
  }
});

test('it has a name, a description that says all it shows, and a title on every step', () => {
  const plan = everything();
  const root = parseXml(drawPlaybook(plan, { language: 'en' }));
  expect(root.attributes.get('role')).toBe('img');
  expect(titleOf(root)).toBe('By hand');
  const [desc] = named(root, 'desc');
  const described = desc ? textIn(desc) : '';
  const steps = stepsIn(root);
  expect([...steps.keys()].toSorted()).toEqual([...plan.steps.keys()].toSorted());
  for (const [id, { step }] of plan.steps) {
    const element = steps.get(id);
    expect(element && titleOf(element)).toContain(step.title['en']);
    expect(described).toContain(step.title['en']);
  }
});

test('ids within it belong to the playbook and the width, so that two drawings can stand on one page', () => {
  const ids = elementsIn(parseXml(drawPlaybook(everything(), { language: 'en' }))).flatMap(
    ({ attributes }) => attributes.get('id') ?? [],
  );
  expect(ids).toEqual(['cordon-by-hand-wide-title', 'cordon-by-hand-wide-desc']);
});

test('the same plan, options and marks give the same bytes', () => {
  const options = {
    language: 'zh-Hant',
    theme: 'dark',
    width: 'narrow',
    marks: { triage: { status: 'ready' } },
  } as const;
  expect(drawPlaybook(everything(), options)).toBe(drawPlaybook(everything(), options));
});

test('no text is smaller than 11 px, and the drawing is as wide as it was asked to be', () => {
  for (const [width, px] of [
    ['wide', 900],
    ['narrow', 390],
  ] as const) {
    const svg = drawPlaybook(everything(), { language: 'en', width });
    const sizes = [...svg.matchAll(/font-size:([\d.]+)px/g)].map(([, size]) => Number(size));
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(11);
    expect(Number(parseXml(svg).attributes.get('width'))).toBe(px);
    const faces = named(parseXml(svg), 'text').map(
      ({ attributes }) => attributes.get('class')?.split(' ')[0],
    );
    for (const face of new Set(faces)) expect(svg).toMatch(new RegExp(`\\.${face ?? '?'}\\{font-size:`));
  }
});

test('colours follow the reader only with auto; a fixed theme is plain colours', () => {
  const auto = drawPlaybook(everything(), { language: 'en' });
  expect(auto).toMatch(/@media \(prefers-color-scheme:dark\)\{\.cordon-diagram-auto\{--cd-/);
  const used = new Set([...auto.matchAll(/var\((--cd-\w+)\)/g)].map(([, name]) => name));
  for (const name of used) expect(auto.split(`${name ?? '?'}:#`)).toHaveLength(3);
  for (const theme of ['light', 'dark'] as const) {
    expect(drawPlaybook(everything(), { language: 'en', theme })).not.toMatch(/var\(|prefers-color-scheme/);
  }
});

test('where an incident stands is said in words and glyphs, and the open steps stand at the top', () => {
  const marks: Marks = {
    triage: { status: 'completed', round: 2 },
    'is-clean': { status: 'in_progress' },
    fetch: { status: 'cannot_start', blocked: 'Waits for “is-clean”.' },
    approve: { status: 'skipped' },
    alert: { status: 'failed' },
    watch: { status: 'problem' },
    police: { status: 'ready' },
    cut: { status: 'in_progress', count: { done: 2, of: 3 } },
  };
  const root = parseXml(drawPlaybook(everything(), { language: 'en', marks }));
  const steps = stepsIn(root);
  const shown = (id: string): string =>
    textIn(steps.get(id) ?? { name: '', attributes: new Map(), children: [] });
  const expected: Record<string, string> = {
    triage: 'Completed · Round 2',
    'is-clean': 'In progress',
    fetch: 'Waits for “is-clean”.',
    approve: 'Skipped',
    alert: 'Failed',
    watch: 'Problem',
    police: 'Ready to start',
    cut: 'In progress · 2 of 3 systems',
  };
  for (const [id, words] of Object.entries(expected)) expect(shown(id)).toContain(words);
  const plates = elementsIn(root).filter(({ attributes }) => attributes.get('class') === 'status');
  expect(plates).toHaveLength(8);
  const pictures = plates.map((plate) => named(plate, 'path')[0]?.attributes.get('d'));
  expect(new Set(pictures).size).toBe(7);
  expect(textIn(root)).toMatch(/Now: “Question of is-clean\?”, “Tell the police”, “Title of cut”/);
  expect(textIn(root)).toContain('2 of 14 done');
});

test('a mark for a step named like a member of every object is not invented', () => {
  const plan = planWith([{ id: 'p', blocks: [task('toString')] }]);
  const root = parseXml(drawPlaybook(plan, { language: 'en', marks: {} }));
  expect(stepsIn(root).get('toString')?.attributes.get('class')).toBe('step k-task');
});

const HOSTILE = [
  '<script>alert(1)</script>',
  ']]> & &amp; "quoted" \'single\' <!-- --> <?x?>',
  'left \u202eright-to-left override\u2066 isolate',
  'שלום עולם مرحبا بالعالم',
  'nul\u0000 bell\u0007 escape\u001b[31m del\u007f next\u0085 line\u2028 end',
  'not a character \ufffe\uffff, half a one \ud800',
  'a\u0301 e\u0301 👩‍👩‍👧‍👦 🏳️‍🌈',
];

test.each(HOSTILE)('a hostile title stays text: %j', (title) => {
  const kinds = ['task', 'decision', 'approval', 'action', 'wait', 'notice'] as const;
  const blocks = kinds.map((kind) => stepOf(kind, `s-${kind}`, title));
  const more = { title: text(title), summary: text(title), roles: [{ id: 'responder', title: text(title) }] };
  const root = parseXml(drawPlaybook(planWith([{ id: 'p', blocks }], more), { language: 'en' }));
  expect(named(root, 'script')).toEqual([]);
  expect(stepsIn(root).size).toBe(6);
  // eslint-disable-next-line no-control-regex
  expect(textIn(root)).not.toMatch(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/);
});

test('a title of 8,000 characters is cut with an ellipsis, and whole in the tooltip', () => {
  for (const long of ['A very long title. '.repeat(421), '勒索軟件'.repeat(2_000), 'x'.repeat(8_000)]) {
    const root = parseXml(
      drawPlaybook(planWith([{ id: 'p', blocks: [stepOf('task', 'long', long)] }]), { language: 'en' }),
    );
    const element = stepsIn(root).get('long');
    if (!element) throw new Error('the step is missing');
    expect(titleOf(element)).toContain(long.trim());
    const drawn = named(element, 'text').map(textIn).join('');
    expect(drawn.length).toBeLessThan(400);
    expect(drawn).toMatch(/…/);
  }
});

test('texts of a language that the playbook lacks are in English, its own words too', () => {
  const svg = drawPlaybook(everything(), { language: 'fr' });
  expect(svg).toContain('Title of triage');
  expect(svg).toContain('Incident opened');
  expect(drawPlaybook(everything(), { language: 'zh-Hant' })).toContain('事故開案');
});

test('plans of any shape give well-formed XML', () => {
  fc.assert(
    fc.property(anyPlan, fc.constantFrom('wide' as const, 'narrow' as const), (plan, width) => {
      const root = parseXml(drawPlaybook(plan, { language: 'en', width }));
      expect(stepsIn(root).size).toBe(plan.steps.size);
    }),
    { numRuns: 40 },
  );
});

test('500 steps are drawn in less than two seconds', () => {
  const plan = largePlan(500);
  const started = performance.now();
  drawPlaybook(plan, { language: 'en' });
  expect(performance.now() - started).toBeLessThan(2_000);
});
