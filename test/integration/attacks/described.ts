/** The routes as the server describes them: an attack that goes through this list reaches routes made after it. */
import type { Stage } from './stage.js';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
}

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema: Schema }>> };
}

interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

export interface DescribedRoute {
  readonly method: string;
  /** With names in braces. */
  readonly template: string;
  readonly pathNames: readonly string[];
  readonly queryNames: readonly string[];
}

export interface JsonRoute {
  readonly method: string;
  /** An address of the route, with the incident for its reference. */
  readonly path: string;
  /** Members that the body may have. */
  readonly members: readonly string[];
  /** A body with the members that it must have, of no use otherwise. */
  readonly sample: Readonly<Record<string, unknown>>;
}

async function describe(on: Stage): Promise<Description> {
  return (await on.ask('/openapi.json')).body as unknown as Description;
}

export async function describedRoutes(on: Stage): Promise<readonly DescribedRoute[]> {
  const { paths } = await describe(on);
  return operations(paths).map(([template, method, { parameters = [] }]) => ({
    ...{ method, template },
    pathNames: parameters.filter((one) => one.in === 'path').map(({ name }) => name),
    queryNames: parameters.filter((one) => one.in === 'query').map(({ name }) => name),
  }));
}

/** Routes that take JSON, and nothing but JSON, which is held against a schema. */
export async function jsonRoutes(on: Stage, ref: string): Promise<readonly JsonRoute[]> {
  const { paths, components } = await describe(on);
  return operations(paths).flatMap(([template, method, { requestBody }]) => {
    const content = Object.entries(requestBody?.content ?? {});
    const [type, body] = content[0] ?? [];
    if (content.length !== 1 || type !== 'application/json' || !body) return [];
    const schema = components.schemas[body.schema.$ref?.split('/').at(-1) ?? ''] ?? body.schema;
    // What is described as a text is bytes or a form of its own.
    if (schema.type === 'string') return [];
    const sample = Object.fromEntries((schema.required ?? []).map((name) => [name, 'x']));
    const path = template.replace('{ref}', ref).replaceAll(/\{\w+\}/g, crypto.randomUUID());
    return [{ method, path, members: Object.keys(schema.properties ?? {}), sample }];
  });
}

function operations(paths: Description['paths']): [template: string, method: string, Operation][] {
  return Object.entries(paths).flatMap(([template, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== 'parameters')
      .map(([method, operation]): [string, string, Operation] => [template, method.toUpperCase(), operation]),
  );
}
