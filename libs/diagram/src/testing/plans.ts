/** Plans for specs: one by hand with every construct of the language, and playbooks of any size. */
import {
  type Answer,
  type Block,
  type Guard,
  type Plan,
  planOf,
  type Playbook,
  type Step,
  type StepKind,
} from '@cordon/playbook';

/** A text in both languages. */
export const text = (en: string, zh = en): Record<string, string> => ({ en, 'zh-Hant': zh });

const base = (id: string, title: string) => ({
  id,
  title: text(title, `中文：${title}`),
  roles: ['responder'],
  mandatory: true,
  form: [],
});

/** A task with a title made of its id. */
export const task = (id: string, more: Partial<Step> = {}): Step =>
  ({ kind: 'task', ...base(id, `Title of ${id}`), ...more }) as Step;

/** An answer that goes on. */
export const answer = (id: string, more: Partial<Answer> = {}): Answer => ({
  id,
  title: text(`Answer ${id}`, `答案 ${id}`),
  set: {},
  then: [],
  ...more,
});

/** A decision with a question made of its id. */
export const decision = (id: string, answers: readonly Answer[], more: Partial<Step> = {}): Step =>
  ({ kind: 'decision', ...base(id, `Question of ${id}?`), answers, ...more }) as Step;

/** A phase by its blocks. */
export interface PhaseBlocks {
  readonly id: string;
  readonly blocks: readonly Block[];
  readonly anytime?: readonly Step[];
}

/** The plan of a playbook around blocks, in phases that follow each other unless `more` has another flow. */
export function planWith(phases: readonly PhaseBlocks[], more: Partial<Playbook> = {}): Plan {
  return planOf({
    language: 1,
    id: 'by-hand',
    version: '1.0.0',
    languages: ['en', 'zh-Hant'],
    title: text('By hand', '手製'),
    summary: text('Every construct once.', '每種結構一次。'),
    roles: [{ id: 'responder', title: text('Responder', '應變人員') }],
    facts: [
      { id: 'personal', type: 'yesno', title: text('Personal data affected', '個人資料受影響'), options: [] },
      { id: 'people', type: 'number', title: text('People affected', '受影響人數'), options: [] },
      { id: 'resolvedAt', type: 'time', title: text('Resolved at', '解決時間'), options: [] },
      {
        id: 'method',
        type: 'choice',
        title: text('Method', '方法'),
        options: [{ id: 'backup', title: text('From backup', '由備份') }],
      },
    ],
    phases: phases.map(({ id, blocks, anytime = [] }) => ({
      id,
      title: text(`Phase ${id}`, `階段 ${id}`),
      summary: text('What it is for.', '目的。'),
      blocks,
      anytime,
    })),
    flow: phases.map(({ id }) => id),
    duties: [],
    closure: [],
    properties: [],
    markings: [],
    ...more,
  });
}

const personal: Guard = { fact: 'personal', is: 'yes' };
const done = 'done' as const;

const GRAPH: Block = {
  kind: 'graph',
  id: 'response',
  nodes: [
    { block: task('collect'), after: [] },
    {
      block: decision('worth-it', [answer('yes'), answer('no')]),
      after: [{ step: 'collect', outcome: done }],
    },
    {
      block: task('dig', { failed: { then: [task('dig-by-hand')] } }),
      after: [{ step: 'worth-it', outcome: done, answer: 'yes' }],
    },
    {
      block: {
        kind: 'group',
        id: 'forensics',
        title: text('Forensics', '鑑證'),
        blocks: [task('image'), task('examine')],
      },
      after: [
        { step: 'collect', outcome: 'failed' },
        { step: 'worth-it', outcome: done, answer: 'no' },
      ],
    },
    {
      block: task('file', { duty: 'privacy' }),
      after: [
        { step: 'dig', outcome: done },
        { step: 'forensics', outcome: done },
        { step: 'collect', outcome: done },
      ],
    },
  ],
};
const FIRST: readonly Block[] = [
  task('triage', {
    due: { withinMs: 1_800_000, from: 'aware', remindMs: [], escalate: [] },
    evidence: { min: 2 },
  }),
  decision(
    'is-clean',
    [
      answer('clean'),
      answer('look-again', { repeat: 'triage', max: 3 }),
      answer('partly', { then: [task('clean-rest')], again: true, max: 10 }),
      answer('not', { then: [task('rebuild'), task('rebuild-check')], when: personal, waives: 'privacy' }),
    ],
    {
      when: {
        all: [
          personal,
          { any: [{ fact: 'people', atLeast: 100 }, { not: { fact: 'method', is: 'backup' } }] },
        ],
      },
    },
  ),
  task('fetch', {
    timeoutMs: 14_400_000,
    failed: { repeat: 'triage', max: 2 },
    mandatory: false,
    skip: { roles: ['responder'], reasons: [] },
  }),
  task('call', { failed: { then: [task('call-again'), task('write')] }, mandatory: false }),
  {
    kind: 'approval',
    ...base('approve', 'Approve the text'),
    count: 2,
    covers: ['fetch'],
    facts: [],
    refused: 'fetch',
    max: 4,
  },
  {
    kind: 'parallel',
    id: 'both',
    branches: [
      [{ kind: 'action', ...base('alert', 'Alert the team'), action: 'notify', input: {} }],
      [
        {
          kind: 'wait',
          ...base('watch', 'Watch'),
          forMs: 86_400_000,
          until: { fact: 'resolvedAt', known: true },
        },
        task('stop-watching'),
      ],
      [
        {
          kind: 'notice',
          ...base('police', 'Tell the police'),
          to: text('The police', '警方'),
          duty: 'police',
        },
      ],
    ],
  },
];
/** Every construct of the language at least once. */
export function everything(): Plan {
  return planWith(
    [
      { id: 'first', blocks: FIRST, anytime: [task('log-call'), task('log-visit', { mandatory: false })] },
      {
        id: 'second',
        blocks: [
          GRAPH,
          {
            kind: 'each',
            id: 'systems',
            steps: [
              task('cut', { move: 'isolate' }),
              decision('gone', [answer('ok'), answer('retry', { repeat: 'cut' })]),
            ],
          },
        ],
      },
    ],
    {
      duties: [
        { id: 'privacy', title: text('Tell the privacy regulator', '通報私隱監管機構'), when: personal },
        { id: 'police', title: text('Tell the police', '通報警方') },
      ],
      closure: [
        { id: 'counted', title: text('People counted', '已點算人數'), when: { fact: 'people', known: true } },
      ],
    },
  );
}

const KINDS: readonly StepKind[] = ['task', 'decision', 'approval', 'action', 'wait', 'notice'];

/** A step of any kind that leads on. */
export function stepOf(kind: StepKind, id: string, title: string): Step {
  const common = { ...base(id, title), title: text(title) };
  switch (kind) {
    case 'task':
      return { kind, ...common };
    case 'notice':
      return { kind, ...common, to: text(title) };
    case 'decision':
      return { kind, ...common, answers: [answer('a'), answer('b')] };
    case 'approval':
      return { kind, ...common, count: 1, covers: [], facts: [] };
    case 'action':
      return { kind, ...common, action: 'notify', input: {} };
    case 'wait':
      return { kind, ...common, forMs: 60_000 };
  }
}

/** So many steps of every kind in six phases, with a fork in each. */
export function largePlan(count: number): Plan {
  const perPhase = Math.ceil(count / 6);
  const phases = Array.from({ length: 6 }, (_, phase) => {
    const steps = Array.from({ length: Math.min(perPhase, count - phase * perPhase) }, (_unused, index) =>
      stepOf(
        KINDS[index % KINDS.length] ?? 'task',
        `s-${phase}-${index}`,
        `Do the thing number ${index} of ${phase}`,
      ),
    );
    const third = Math.ceil(steps.length / 3);
    const branches = [steps.slice(0, third), steps.slice(third, 2 * third), steps.slice(2 * third)];
    return { id: `p-${phase}`, blocks: [{ kind: 'parallel' as const, id: `f-${phase}`, branches }] };
  });
  return planWith(phases);
}
