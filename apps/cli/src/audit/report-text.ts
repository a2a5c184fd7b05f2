/** What a verification found, in words for a person. Nothing that was not checked is left out. */
import type { Fault, LevelReport, Report } from '@cordon/audit';
import { type Colours, shown } from '../io.js';

const HOLDS: Readonly<Record<LevelReport['name'], string>> = {
  bytes: 'the file, its signatures, and the tree of the log',
  chain: 'every entry in its place, and none missing',
  time: 'order and moments of recording',
  openings: 'what was typed, files and views',
  semantics: 'every event played again through its playbook',
};

const COUNTED: Readonly<Record<string, string>> = {
  older: 'older checkpoints',
  kept: 'checkpoint that you kept',
  shown: 'leaves shown',
  leaves: 'leaves in the tree',
};

export function reportText(file: string, report: Report, colours: Colours): string {
  const { bundle, levels, fault, notChecked, erased, ok } = report;
  const lines = [
    ...(bundle
      ? [
          `log    ${bundle.origin}`,
          `scope  ${scopeText(bundle.scope)}`,
          `root   ${bundle.root} of ${bundle.size} leaves`,
        ]
      : []),
    ...levels.map((level) => levelText(level, colours)),
    ...(notChecked.length > 0 ? ['', colours.yellow('NOT CHECKED')] : []),
    ...notChecked.map(({ what, why }) => `  - ${what}: ${why}.`),
    ...(erased.length > 0 ? ['', 'ERASED'] : []),
    ...erased.map(
      ({ subject, by, values }) =>
        `  - ${values} ${values === 1 ? 'value' : 'values'} of ${subject}, by leaf ${by}`,
    ),
    '',
    ok
      ? `${colours.green('VALID')}  ${file}${notChecked.length > 0 ? ': what is not listed above as not checked holds' : ''}`
      : `${colours.red('INVALID')}  ${file}: ${fault ? faultText(fault) : 'unknown'}`,
  ];
  return shown(lines.join('\n'));
}

function levelText({ level, name, outcome, checked }: LevelReport, colours: Colours): string {
  const paint = outcome === 'holds' ? colours.green : outcome === 'fails' ? colours.red : colours.dim;
  const counts = Object.entries(checked).map(([what, count]) => `${count} ${COUNTED[what] ?? what}`);
  const told = counts.length > 0 ? ` (${counts.join(', ')})` : '';
  return `${level} ${name.padEnd(9)} ${paint(outcome)}: ${HOLDS[name]}${told}`;
}

function faultText({ code, message, ...place }: Fault): string {
  const { incident, seq } = place;
  const where = incident !== undefined && seq !== undefined ? `\nentry ${seq} of ${incident}` : '';
  return `${code}: ${message}.${where}`;
}

function scopeText(scope: NonNullable<Report['bundle']>['scope']): string {
  return scope['kind'] === 'incident'
    ? `${scope['ref']} (${scope['incident']}), entries 1 to ${scope['seq']}`
    : `the log, leaves ${scope['from']} to ${Number(scope['to']) - 1}`;
}
