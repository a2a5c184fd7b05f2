import { expect, test } from '@jest/globals';
import { styleSheet } from './theme.js';

const [light = '', dark = ''] = styleSheet('auto').split('\n');
const colours = (rule: string): ReadonlyMap<string, string> =>
  new Map([...rule.matchAll(/--cd-(\w+):(#[\da-f]{6})/g)].map(([, name = '', value = '']) => [name, value]));

/** Relative luminance and contrast as WCAG 2.2 defines them. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(a: string, b: string): number {
  const [low, high] = [luminance(a), luminance(b)].toSorted((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

const BACKS = ['box', 'nowback', 'doneback', 'restback', 'badback', 'troubleback'];
const KINDS = ['task', 'decision', 'approval', 'action', 'wait', 'notice'];
const TEXTS: readonly (readonly [front: string, back: string])[] = [
  ...['ink', 'muted', 'loop', 'bad', ...KINDS].flatMap((front) =>
    BACKS.map((back) => [front, back] as const),
  ),
  ...['page', 'band', 'inner'].flatMap((back) => [['ink', back] as const, ['muted', back] as const]),
  ...['when', 'due', 'duty', 'about', 'now', 'rest', 'bar'].map((name) => [`on${name}`, name] as const),
  ['ink', 'plate'],
  ['now', 'nowback'],
  ['done', 'doneplate'],
  ['page', 'bad'],
  ['page', 'trouble'],
  ['page', 'ink'],
  ['loop', 'page'],
  ['bad', 'page'],
];
const LINES = ['line', 'rim', 'loop', 'bad', 'now', 'done', 'trouble', 'ink'];

test.each([
  ['light', colours(light)],
  ['dark', colours(dark)],
])('%s: texts stand out by 4.5 to 1, and lines that mean something by 3 to 1', (_name, of) => {
  const value = (name: string): string => {
    const found = of.get(name);
    if (found === undefined) throw new Error(`there is no colour ${name}`);
    return found;
  };
  const measured = (front: string, back: string, least: number) => {
    const found = contrast(value(front), value(back));
    return found < least ? [`${front} on ${back}: ${found.toFixed(2)}`] : [];
  };
  const texts = TEXTS.flatMap(([front, back]) => measured(front, back, 4.5));
  const lines = LINES.flatMap((front) =>
    ['page', 'band', 'inner'].flatMap((back) => measured(front, back, 3)),
  );
  expect([...texts, ...lines]).toEqual([]);
});
