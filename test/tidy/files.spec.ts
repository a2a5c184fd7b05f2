import { describe, expect, test } from '@jest/globals';
import { judge } from './exceptions.js';
import { listFiles, readText } from './tree.js';

const topLevel = ['apps', 'libs', 'playbooks', 'test', 'docs']
  .concat(['package.json', 'package-lock.json', 'nest-cli.json', 'tsconfig.json', 'docker-compose.yml'])
  .concat(['README.md', 'LICENSE', 'CONTRIBUTING.md', 'CHANGELOG.md']);

const mostLines = 500;
const kebab = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*)*$/;

const files = listFiles();
const code = files.filter((file) => /\.(ts|tsx|mjs|cjs|js|sql|css|html|py)$/.test(file));
const inRooms = code.filter((file) => /^(apps|libs)\//.test(file));
const typescript = code.filter((file) => /\.tsx?$/.test(file));
const specs = files.filter((file) => file.endsWith('.spec.ts'));
const libs = [...new Set(files.flatMap((file) => /^libs\/([^/]+)\//.exec(file)?.[1] ?? []))];

const nothing = { offenders: [], needless: [] };

describe('names', () => {
  test('the top level holds only what is on its list', () => {
    const names = [...new Set(files.map((file) => file.split('/')[0] ?? ''))];
    expect(names.filter((name) => !name.startsWith('.') && !topLevel.includes(name))).toEqual([]);
  });

  test('code is named in lower case with hyphens, folders included', () => {
    const named = code.filter((file) => /^(apps|libs|test|playbooks)\//.test(file));
    const odd = named.filter((file) => !file.split('/').every((part) => kebab.test(part)));
    expect(judge('kebab-case', odd)).toEqual(nothing);
  });

  test('every lib has a public entry that names what it exports', () => {
    const without = libs.filter((lib) => {
      const entry = `libs/${lib}/src/index.ts`;
      return !files.includes(entry) || !/^export (type )?\{/m.test(readText(entry) ?? '');
    });
    expect(without).toEqual([]);
  });

  test('nothing is exported wholesale', () => {
    expect(judge('export-all', linesThatMatch(typescript, /^\s*export\s+(type\s+)?\*/))).toEqual(nothing);
  });
});

describe('size', () => {
  test(`no file of a room has more than ${mostLines} lines`, () => {
    const long = inRooms.filter((file) => (readText(file) ?? '').trimEnd().split('\n').length > mostLines);
    expect(judge('file-length', long)).toEqual(nothing);
  });
});

describe('leftovers', () => {
  test('no test is focused', () => {
    expect(
      judge('focused', linesThatMatch(specs, /\b(test|it|describe)(\.\w+)*\.only\b|\bf(it|describe)\(/)),
    ).toEqual(nothing);
  });

  test('a skipped test says why: by its condition, or in a comment on its line or the one above', () => {
    const skip = /\b(test|it|describe)(\.\w+)*\.skip\b|\bx(it|test|describe)\(|\b(test|it)\.todo\(/;
    expect(judge('skipped', linesThatMatch(specs, skip, saysWhy))).toEqual(nothing);
  });

  test('no note to self is left in a file', () => {
    const note = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME'].join('|')})\\b`);
    expect(judge('note-to-self', linesThatMatch(files, note))).toEqual(nothing);
  });

  test('no file names a path of the machine it was written on', () => {
    const path = /(^|[\s"'`(=:,])\/(work|root|home)\/\w/;
    const others = files.filter((file) => file !== 'package-lock.json');
    expect(judge('machine-path', linesThatMatch(others, path))).toEqual(nothing);
  });

  test('no conflict marker was committed', () => {
    expect(linesThatMatch(files, /^(<{7}|>{7}) /)).toEqual([]);
  });

  test('every text file ends with a line break', () => {
    const endless = code.filter((file) => /[^\n]$/.test(readText(file) ?? ''));
    expect(endless).toEqual([]);
  });
});

describe('licence', () => {
  test('is the Apache License, Version 2.0', () => {
    expect(readText('LICENSE')).toMatch(/^\s*Apache License\s+Version 2\.0, January 2004/);
  });
});

/** As `file:line: text`, but for the lines that `excused` lets pass. */
function linesThatMatch(
  among: readonly string[],
  pattern: RegExp,
  excused: (line: string, lineAbove: string) => boolean = () => false,
): string[] {
  return among.flatMap((file) => {
    const lines = (readText(file) ?? '').split('\n');
    return lines.flatMap((line, index) =>
      pattern.test(line) && !excused(line, lines[index - 1] ?? '')
        ? [`${file}:${index + 1}: ${line.trim()}`]
        : [],
    );
  });
}

function saysWhy(line: string, lineAbove: string): boolean {
  return /\?.*\.skip\b/.test(line) || /\/\/ \w/.test(line) || /^\s*(\/\/|\*|\/\*) ?\w/.test(lineAbove);
}
