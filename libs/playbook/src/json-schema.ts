/** The playbook language as JSON Schema, for editors: shape only, without what the checks find. */
import type { JsonObject } from '@cordon/kernel';
import { z } from 'zod';
import * as schema from './schema.js';

const block: z.ZodType = z.lazy(() => z.union([...steps, ...structure])).meta({ id: 'Block' });
const blocks = z.array(block).min(1);
const failed = schema.failed.extend({ then: blocks.optional() }).optional();

const { task, notice, decision, approval, action, wait } = schema.steps;
const answers = z.array(schema.answer.extend({ then: blocks.optional() })).min(2);
/** Beside the keys of a block that stands directly in a graph. */
const inGraph = { after: schema.after.optional() };
const steps = [
  task.extend({ failed, ...inGraph }).meta({ id: 'Task' }),
  notice.extend({ failed, ...inGraph }).meta({ id: 'Notice' }),
  decision.extend({ answers, failed, ...inGraph }).meta({ id: 'Decision' }),
  approval.extend({ failed, ...inGraph }).meta({ id: 'Approval' }),
  action.extend({ failed, ...inGraph }).meta({ id: 'Action' }),
  wait.extend(inGraph).meta({ id: 'Wait' }),
] as const;
const someSteps = z.array(z.union(steps)).min(1);
const structure = [
  schema.parallel.extend({ parallel: z.array(blocks).min(2), ...inGraph }),
  schema.each.extend({ steps: someSteps }),
  schema.eachGroup.extend({ steps: blocks, ...inGraph }),
  schema.group.extend({ steps: blocks, ...inGraph }).meta({ id: 'Group' }),
  schema.graph.extend({ steps: blocks, ...inGraph }).meta({ id: 'Graph' }),
  schema.subPlaybook.extend(inGraph).meta({ id: 'SubPlaybook' }),
] as const;
const phase = schema.phase.extend({ steps: blocks, anytime: someSteps.optional() });
const document = schema.document.extend({ phases: z.array(phase).min(1) });

/** JSON Schema (2020-12) of a playbook as written. Made from the schemas that `parsePlaybook` reads with. */
export function playbookSchema(): JsonObject {
  const made = z.toJSONSchema(document, { io: 'input', target: 'draft-2020-12' });
  return {
    title: 'Cordon playbook, language version 1',
    ...(JSON.parse(JSON.stringify(made)) as JsonObject),
  };
}
