import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { mermaidOf } from './mermaid.js';
import { answer, decision, everything, planWith, stepOf, task, text } from './testing/plans.js';
import { planFrom } from './testing/random-plan.js';

const anyPlan = fc.array(fc.nat(9_999), { maxLength: 150, size: 'max' }).map(planFrom);

test('a small playbook is a flowchart with its phases as subgraphs and a legend', () => {
  const plan = planWith([
    {
      id: 'one',
      blocks: [task('look'), decision('ok', [answer('yes'), answer('no', { repeat: 'look', max: 2 })])],
    },
    { id: 'two', blocks: [task('tidy', { mandatory: false })] },
  ]);
  expect(mermaidOf(plan, { language: 'en' })).toBe(`flowchart TD
  start(["Incident opened"])
  subgraph box1["Phase one"]
    step2["Task · Responder<br/>Title of look"]
    step3{{"Decision · Responder<br/>Question of ok#63;"}}
  end
  subgraph box4["Phase two"]
    step5["Task · Responder<br/>Title of tidy<br/>Optional"]:::optional
  end
  finish(["Close the incident<br/>When everything above is through."])
  start --> step2
  step2 --> step3
  step3 -.->|"Answer no, back to “Title of look”, at most 2 times"| step2
  step3 -->|"Answer yes"| step5
  step5 --> finish
  subgraph legend[" "]
    direction LR
    key_task["Task"]
    key_decision{{"Decision"}}
    key_approval[/"Approval"/]
    key_action[["Automatic action"]]
    key_wait(["Wait"])
    key_notice>"Notice"]
    key_optional["Optional"]:::optional
  end
  classDef optional stroke-dasharray: 5 4
`);
});

/** Every line of a chart, by what it may be. Quoted text holds no sign that Mermaid or HTML reads. */
const QUOTED = '"(?:[^"<>&`\\\\\\n]|<br/>)*"';
const SHAPE = [
  '\\[Q\\]',
  '\\{\\{Q\\}\\}',
  '\\[/Q/\\]',
  '\\[\\[Q\\]\\]',
  '\\(\\[Q\\]\\)',
  '>Q\\]',
  '\\(\\(Q\\)\\)',
].join('|');
const LINE = new RegExp(
  `^(flowchart TD|\\s*subgraph \\w+\\[Q\\]|\\s*end|\\s*direction LR|\\s*classDef [\\w :-]+|\\s*\\w+(?:${SHAPE})(?::::optional)?|\\s*\\w+ (?:-->|-\\.->)(?:\\|Q\\|)? \\w+)$`.replaceAll(
    'Q',
    QUOTED,
  ),
);

function checked(chart: string): void {
  const lines = chart.trimEnd().split('\n');
  expect(lines.filter((line) => !LINE.test(line))).toEqual([]);
  const named = new Set(lines.flatMap((line) => /^\s*(\w+)[[({>]/.exec(line)?.[1] ?? []));
  for (const line of lines) {
    const link = /^\s*(\w+) (?:-->|-\.->).* (\w+)$/.exec(line);
    if (link) expect([named.has(link[1] ?? ''), named.has(link[2] ?? '')]).toEqual([true, true]);
  }
  const opened = lines.filter((line) => /^\s*subgraph /.test(line)).length;
  expect(lines.filter((line) => /^\s*end$/.test(line))).toHaveLength(opened);
}

test('what an author writes is never read as syntax', () => {
  const hostile =
    '<script>x</script> & "q" `b` ; end #35; %% --> | ] } ) \\ \n subgraph x["y"]\u2028click a "javascript:"';
  const kinds = ['task', 'decision', 'approval', 'action', 'wait', 'notice'] as const;
  const blocks = kinds.map((kind) => stepOf(kind, `s-${kind}`, hostile));
  const chart = mermaidOf(
    planWith([{ id: 'p', blocks }], { roles: [{ id: 'responder', title: text(hostile) }] }),
    {
      language: 'en',
    },
  );
  checked(chart);
  expect(chart).not.toMatch(/script>|javascript:"/);
});

test('every construct, and plans of any shape, keep to the grammar and name what they link', () => {
  checked(mermaidOf(everything(), { language: 'zh-Hant' }));
  fc.assert(
    fc.property(anyPlan, (plan) => checked(mermaidOf(plan, { language: 'en' }))),
    { numRuns: 60 },
  );
});

test('each step stands in the chart exactly once', () => {
  const plan = everything();
  const chart = mermaidOf(plan, { language: 'en' });
  const boxes = chart.split('\n').filter((line) => /^\s*step\d+[[({>]/.test(line));
  expect(boxes).toHaveLength(plan.steps.size);
});
