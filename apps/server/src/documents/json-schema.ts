import { z } from 'zod';

/** JSON Schema 2020-12 (that of OpenAPI 3.1) of a zod schema as a client sends or sees it, its named parts apart. */
export function jsonSchemaOf(schema: unknown): { schema: unknown; components: Record<string, unknown> } {
  const made = z.toJSONSchema(schema as z.ZodType, {
    io: 'input',
    target: 'draft-2020-12',
    unrepresentable: 'any',
    override: ({ jsonSchema }) => {
      // The format says it; the pattern is 400 characters of leap years.
      if (jsonSchema.format === 'date-time') delete jsonSchema.pattern;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  const { $schema: _schema, $defs: components = {}, ...rest } = made;
  return { schema: rest, components };
}
