import { Problem } from '@cordon/contracts';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { jsonSchemaOf } from './json-schema.js';

interface Parameter {
  readonly in: string;
  readonly name: string;
}
interface Operation {
  responses?: Record<string, unknown>;
  parameters?: Parameter[];
}
type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

/** The OpenAPI 3.1 document of the app's routes, made from the contract's schemas. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Cordon')
    .setDescription('Incident response playbooks as state machines, with a history that others can check.')
    .setVersion('1')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API token, `cdn_…`.' })
    .addCookieAuth(
      '__Host-cordon',
      { type: 'apiKey', description: 'A browser that has signed in.' },
      'session',
    )
    .build();
  const document = SwaggerModule.createDocument(app, config, {
    operationIdFactory: (controller, method) => `${controller.replace(/Controller$/, '')}.${method}`,
    standardSchemaConverter: jsonSchemaOf,
  });
  return withProblems(document);
}

/** Serves it at /openapi.json, and for people at /docs, from this server alone. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Cordon API',
  });
}

/** Every operation may answer with a problem, and they all have the same shape. */
function withProblems(document: OpenAPIObject): OpenAPIObject {
  const { schema, components } = jsonSchemaOf(Problem);
  const problem = {
    description: 'A problem (RFC 9457).',
    content: { 'application/problem+json': { schema } },
  };
  for (const item of Object.values(document.paths)) {
    for (const operation of Object.values(item as Record<string, Operation>)) {
      if (operation.responses) operation.responses['default'] = problem;
      operation.parameters?.sort(byPlace);
    }
  }
  const schemas = sorted({ ...document.components?.schemas, ...components }) as Schemas;
  document.components = { ...document.components, schemas };
  return JSON.parse(
    JSON.stringify(document).replaceAll('#/$defs/', '#/components/schemas/'),
  ) as OpenAPIObject;
}

/** Path, query, header. The order in which they are found depends on the compiler. */
function byPlace(a: Parameter, b: Parameter): number {
  const places = ['path', 'query', 'header'];
  return places.indexOf(a.in) - places.indexOf(b.in) || (a.name < b.name ? -1 : 1);
}

function sorted<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
