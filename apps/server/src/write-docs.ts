/** Writes the pages that are made from code: docs/configuration.md, docs/permissions.md and docs/openapi.json. Run it after a build. */
import { writeFile } from 'node:fs/promises';
import { configurationText } from './documents/configuration-text.js';
import { permissionsText } from './documents/permissions-text.js';
import { openApiText } from './documents/openapi-text.js';

const docs = new URL('../../../docs/', import.meta.url);

await writeFile(new URL('configuration.md', docs), configurationText());
await writeFile(new URL('permissions.md', docs), permissionsText());
await writeFile(new URL('openapi.json', docs), await openApiText());
