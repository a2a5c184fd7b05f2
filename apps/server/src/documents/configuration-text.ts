import { variables } from '../config.js';

/** docs/configuration.md: the table of variables, for people. */
export function configurationText(): string {
  const rows = Object.values(variables).map(
    ({ name, must, about, byDefault, secret }) =>
      `| \`${name}\` | ${byDefault === undefined ? '' : `\`${byDefault}\``} | ${about} ${secret ? 'Secret. ' : ''}Must be ${must}. |`,
  );
  return `# Configuration

Made from \`apps/server/src/config.ts\`; a test fails when this page is not current.

Cordon reads its settings from the environment. An empty variable counts as unset. A value that is not valid,
or a name that begins with \`CORDON_\` and is not listed here, stops the start with a sentence that names it.

| variable | default | |
|---|---|---|
${rows.join('\n')}
`;
}
