/** What a playbook declares by name, as written to the model. */
import type { z } from 'zod';
import type { Duty, Fact, Property } from './model.js';
import type * as schema from './schema.js';

export function factOf({ options, ...fact }: z.output<typeof schema.fact>): Fact {
  return { ...fact, options: options ?? [] };
}

export function propertyOf({
  when,
  ...property
}: NonNullable<z.output<typeof schema.document>['properties']>[number]): Property {
  return { ...property, ...(when ? { when } : {}) };
}

export function dutyOf({ when, ...duty }: z.output<typeof schema.duty>): Duty {
  return { ...duty, ...(when ? { when } : {}) };
}
