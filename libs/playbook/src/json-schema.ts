/** The playbook language as JSON Schema, for editors: shape only, without what the checks find. */
import type { JsonObject } from '@cordon/kernel';
import { z } from 'zod';
import * as schema from './schema.js';

const block: z.ZodType = z.lazy(() => z.union([...steps, parallel, each])).meta({ id: 'Block' });
const blocks = z.array(block).min(1);

const { task, notice, decision, approval, action, wait } = schema.steps;
const answers = z.array(schema.answer.extend({ then: blocks.optional() })).min(2);
const steps = [
  task.meta({ id: 'Task' }),
  notice.meta({ id: 'Notice' }),
  decision.extend({ answers }).meta({ id: 'Decision' }),
  approval.meta({ id: 'Approval' }),
  action.meta({ id: 'Action' }),
  wait.meta({ id: 'Wait' }),
] as const;
const parallel = schema.parallel.extend({ parallel: z.array(blocks).min(2) });
const each = schema.each.extend({ steps: z.array(z.union(steps)).min(1) });
const document = schema.document.extend({ phases: z.array(schema.phase.extend({ steps: blocks })).min(1) });

/** JSON Schema (2020-12) of a playbook as written. Made from the schemas that `parsePlaybook` reads with. */
export function playbookSchema(): JsonObject {
  const made = z.toJSONSchema(document, { io: 'input', target: 'draft-2020-12' });
  return {
    title: 'Cordon playbook, language version 1',
    ...(JSON.parse(JSON.stringify(made)) as JsonObject),
  };
}
