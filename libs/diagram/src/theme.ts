/**
 * Colours and type. Text stands out from what is behind it by 4.5 to 1 or more (WCAG 2.2, 1.4.3), lines and borders
 * that carry meaning by 3 to 1 (1.4.11), in both themes.
 */
import { FACES } from './faces.js';

/** Which colours: one of two sets, or the one that the reader prefers. */
export type Theme = 'light' | 'dark' | 'auto';

const LIGHT = {
  page: '#ffffff',
  band: '#f3f5f8',
  edge: '#d3dae4',
  inner: '#fafbfc',
  box: '#ffffff',
  line: '#6b7a90',
  rim: '#7b8a9f',
  ink: '#17212e',
  muted: '#4f5d73',
  plate: '#e6ebf2',
  bar: '#46556b',
  onbar: '#ffffff',
  loop: '#7443b0',
  bad: '#b3261e',
  badback: '#fce9e7',
  when: '#ece6f7',
  onwhen: '#4d2c85',
  due: '#fdf0d5',
  ondue: '#6f4600',
  duty: '#dcefeb',
  onduty: '#0b5148',
  about: '#eaeef3',
  onabout: '#3c495c',
  task: '#38557c',
  decision: '#6a3ba3',
  approval: '#0a665a',
  action: '#855000',
  wait: '#56606e',
  notice: '#0d5a9e',
  now: '#1b5cb8',
  nowback: '#e9f1fd',
  onnow: '#ffffff',
  done: '#17693a',
  doneback: '#e7f4eb',
  doneplate: '#cbe6d5',
  rest: '#e3e8ee',
  onrest: '#4a576a',
  restback: '#f3f5f7',
  trouble: '#8f4700',
  troubleback: '#fdf1e2',
};

const DARK: typeof LIGHT = {
  page: '#0f1620',
  band: '#161f2b',
  edge: '#2c394a',
  inner: '#1a2431',
  box: '#1f2b3a',
  line: '#8b9bb2',
  rim: '#6f8098',
  ink: '#e6edf5',
  muted: '#a9b7c9',
  plate: '#2c3a4d',
  bar: '#9fb0c7',
  onbar: '#101823',
  loop: '#c3a2f2',
  bad: '#ff9d94',
  badback: '#3d2324',
  when: '#362a52',
  onwhen: '#d9c8fa',
  due: '#43361a',
  ondue: '#f5d597',
  duty: '#173f3b',
  onduty: '#a7e2d7',
  about: '#2b3848',
  onabout: '#c3cfde',
  task: '#a5c3ea',
  decision: '#cbb0f4',
  approval: '#7fd6c6',
  action: '#f0c07a',
  wait: '#bcc6d3',
  notice: '#8cc5f7',
  now: '#8ebbf8',
  nowback: '#182f4f',
  onnow: '#0c1a2e',
  done: '#86d6a3',
  doneback: '#17342a',
  doneplate: '#22503c',
  rest: '#2b3644',
  onrest: '#b6c2d1',
  restback: '#18222e',
  trouble: '#ffc078',
  troubleback: '#3d2c17',
};

type Colour = keyof typeof LIGHT;

const FONTS =
  "system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Noto Sans','Noto Sans TC','PingFang TC','PingFang HK','Microsoft JhengHei','Noto Sans CJK TC',sans-serif";

/** The class that every rule of a drawing begins with, so that drawings on one page leave it and each other alone. */
export function rootClass(theme: Theme): string {
  return `cordon-diagram-${theme}`;
}

/** The style sheet of a drawing. `auto` follows the reader's preference; the others hold plain colours only. */
export function styleSheet(theme: Theme): string {
  const root = `.${rootClass(theme)}`;
  const colour = (name: Colour): string => {
    if (theme === 'auto') return `var(--cd-${name})`;
    return (theme === 'dark' ? DARK : LIGHT)[name];
  };
  const rules = rulesOf(colour).map(([selector, body]) => {
    const scoped = selector.split(',').map((one) => (one === '' ? root : `${root} ${one}`));
    return `${scoped.join(',')}{${body}}`;
  });
  const properties = (colours: typeof LIGHT): string =>
    `${root}{${Object.entries(colours)
      .map(([name, value]) => `--cd-${name}:${value}`)
      .join(';')}}`;
  const auto =
    theme === 'auto' ? [properties(LIGHT), `@media (prefers-color-scheme:dark){${properties(DARK)}}`] : [];
  return [...auto, ...rules].join('\n');
}

type Rule = readonly [selector: string, body: string];

function rulesOf(c: (name: Colour) => string): readonly Rule[] {
  return [...generalRules(c), ...stepRules(c), ...markRules(c)];
}

function generalRules(c: (name: Colour) => string): readonly Rule[] {
  const faces = Object.entries(FACES).map(([name, { size, bold }]): Rule => [
    `.f-${name}`,
    `font-size:${size}px${bold ? ';font-weight:600' : ''}`,
  ]);
  return [
    ['', `font-family:${FONTS};background:${c('page')}`],
    ['.page', `fill:${c('page')}`],
    ['text', `fill:${c('ink')}`],
    ...faces,
    ['.mid', 'text-anchor:middle'],
    ['.f-muted,.f-kind', `fill:${c('muted')}`],
    ['.f-fork', `fill:${c('onbar')}`],
    ['.frame', `fill:${c('band')};stroke:${c('edge')}`],
    ['.in', `fill:${c('inner')};stroke:${c('rim')}`],
    ['.anytime', `fill:none;stroke:${c('rim')};stroke-dasharray:3 4`],
    ['.close', `fill:${c('box')};stroke:${c('ink')};stroke-width:2`],
    ['.edge', `fill:none;stroke:${c('line')};stroke-width:1.6;stroke-linejoin:round`],
    ['.tip', `fill:${c('line')}`],
    ['.edge.loop', `stroke:${c('loop')};stroke-dasharray:6 3`],
    ['.tip.loop', `fill:${c('loop')}`],
    ['.edge.bad', `stroke:${c('bad')};stroke-dasharray:2 3;stroke-width:1.8`],
    ['.tip.bad', `fill:${c('bad')}`],
    ['.bar', `fill:${c('bar')}`],
    ['.chip rect', `fill:${c('plate')};stroke:${c('rim')}`],
    ['.chip.failed rect', `fill:${c('badback')};stroke:${c('bad')}`],
    ['.chip.failed text', `fill:${c('bad')}`],
    ['.chip.end rect', `fill:${c('ink')};stroke:${c('ink')}`],
    ['.chip.end text', `fill:${c('page')}`],
    ['.glyph', `fill:none;stroke:${c('muted')};stroke-width:1.5;stroke-linecap:round;stroke-linejoin:round`],
  ];
}

function stepRules(c: (name: Colour) => string): readonly Rule[] {
  const kinds = (['task', 'decision', 'approval', 'action', 'wait', 'notice'] as const).flatMap(
    (kind): Rule[] => [
      [`.k-${kind} .kind`, `stroke:${c(kind)}`],
      [`.k-${kind} .f-kind`, `fill:${c(kind)}`],
    ],
  );
  const tag = (name: string, back: Colour, front: Colour): Rule[] => [
    [`.tag.${name} rect`, `fill:${c(back)}`],
    [`.tag.${name} text`, `fill:${c(front)}`],
    [`.tag.${name} .glyph`, `stroke:${c(front)}`],
  ];
  return [
    ['.box', `fill:${c('box')};stroke:${c('rim')};stroke-width:1.3`],
    ['.fold', `fill:none;stroke:${c('rim')};stroke-width:1.3`],
    ['.optional .box', 'stroke-dasharray:5 4'],
    ['.divider', `stroke:${c('edge')}`],
    ...kinds,
    ...tag('when', 'when', 'onwhen'),
    ...tag('due', 'due', 'ondue'),
    ...tag('duty', 'duty', 'onduty'),
    ...tag('evidence', 'about', 'onabout'),
    ...tag('about', 'about', 'onabout'),
    ['.tag.optional rect', `fill:none;stroke:${c('rim')};stroke-dasharray:3 2`],
    ['.tag.optional text', `fill:${c('muted')}`],
    ['.row .glyph', `stroke:${c('muted')}`],
    ['.row.loop text', `fill:${c('loop')}`],
    ['.row.loop .glyph', `stroke:${c('loop')}`],
    ['.row.bad text', `fill:${c('bad')}`],
    ['.row.bad .glyph', `stroke:${c('bad')}`],
  ];
}

function markRules(c: (name: Colour) => string): readonly Rule[] {
  const mark = (
    status: string,
    back: Colour,
    rim: Colour,
    plate: Colour,
    front: Colour,
    pen: number,
  ): Rule[] => [
    [`.s-${status} .box`, `fill:${c(back)};stroke:${c(rim)};stroke-width:${pen}`],
    [`.s-${status} .status rect`, `fill:${c(plate)}`],
    [`.s-${status} .status text`, `fill:${c(front)}`],
    [`.s-${status} .status .glyph`, `stroke:${c(front)}`],
  ];
  return [
    ...mark('in_progress', 'nowback', 'now', 'now', 'onnow', 3),
    ...mark('ready', 'box', 'now', 'nowback', 'now', 3),
    ...mark('completed', 'doneback', 'done', 'doneplate', 'done', 1.3),
    ...mark('skipped', 'restback', 'rim', 'rest', 'onrest', 1.3),
    ...mark('cannot_start', 'restback', 'rim', 'rest', 'onrest', 1.3),
    ...mark('failed', 'badback', 'bad', 'bad', 'page', 3),
    ...mark('problem', 'troubleback', 'trouble', 'trouble', 'page', 3),
    ['.s-skipped .f-title', `fill:${c('muted')};text-decoration:line-through`],
    ['.s-cannot_start .f-title', `fill:${c('muted')}`],
  ];
}
