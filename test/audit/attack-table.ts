import type { Attack, Seen } from './mutations/bench.js';

const HEAD = `# Attacks on a bundle

Generated from \`test/audit/mutations\`, where each attack is a program that changes a sound bundle, and each line is a test
of both verifiers. \`npm test\` fails when the table no longer is what the tests show; \`UPDATE_ATTACKS=1\` writes it again.

Levels and codes are those of [audit.md](audit.md) section 5. Where the table says "not checked", so does the report of the
verifier: replaying playbooks and writing views again take the TypeScript verifier.

What whoever forges it needs, from little to much: the file; keys of their own; the bundle key, which signs manifests and
nothing else; the log key too, with which the tree can be made anew; and all of that with the witnesses of the policy on
their side.
`;

/** The document. */
export function attackTable(
  corpus: readonly (readonly [string, readonly Attack[]])[],
  seenBy: (attack: Attack) => Seen,
): string {
  const count = corpus.reduce((sum, [, attacks]) => sum + attacks.length, 0);
  const chapters = corpus.map(([title, attacks]) => {
    const rows = attacks.map((attack) => {
      const seen = seenBy(attack);
      return [
        attack.name,
        attack.by,
        cell(seen),
        attack.python === 'not seen' ? 'not checked' : cell(attack.python ?? seen),
      ];
    });
    return `## ${title}\n\n${table([['attack', 'done by', 'TypeScript', 'Python'], ...rows])}`;
  });
  return `${HEAD}\n${count} attacks.\n\n${chapters.join('\n')}`;
}

const cell = ({ level, code }: Pick<Seen, 'level' | 'code'>): string => `${level}, \`${code}\``;

function table(rows: readonly (readonly string[])[]): string {
  const safe = rows.map((row) => row.map((text) => text.replaceAll('|', '\\|')));
  const widths = safe[0]?.map((_, column) => Math.max(...safe.map((row) => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    `| ${row.map((text, i) => text.padEnd(widths[i] ?? 0)).join(' | ')} |\n`;
  const [head = [], ...body] = safe;
  return (
    line(head) + `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |\n` + body.map(line).join('')
  );
}
