/** A playbook around a few steps. For specs only. */

const HEAD = `cordon: 1
id: p
version: 1.0.0
languages: [en]
title: {en: T}
summary: {en: S}
roles: [{id: doer, title: {en: Doer}}]
facts:
  - {id: personal, type: yesno, title: {en: F}}
  - {id: many, type: number, title: {en: F}}
  - {id: method, type: choice, title: {en: F}, options: [{id: backup, title: {en: B}}, {id: rebuild, title: {en: R}}]}
  - {id: reported, type: time, title: {en: F}}
  - {id: words, type: text, title: {en: F}}
flow: [main]
phases:
  - id: main
    title: {en: Main}
    steps:
`;

/** The line of the first step. */
export const FIRST_LINE = HEAD.split('\n').length;

/** Steps as they stand under `steps:` of the only phase, without their indentation. */
export function playbookOf(steps: string): string {
  const lines = steps.trim().split('\n');
  return HEAD + lines.map((line) => `      ${line}\n`).join('');
}

/** A task in one line, with more keys if wanted. */
export function task(id: string, more = ''): string {
  return `- {task: ${id}, title: {en: T}, role: doer${more === '' ? '' : `, ${more}`}}`;
}

/** What stands where a finding points. */
export function textAt(
  text: string,
  found: { readonly line: number; readonly column: number } | undefined,
): string {
  return text.split('\n')[(found?.line ?? 0) - 1]?.slice((found?.column ?? 0) - 1) ?? '';
}

/** Matches a text that begins with these words. */
export function startingWith(words: string): RegExp {
  return new RegExp(`^${words.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}`);
}
