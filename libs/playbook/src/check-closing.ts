/** What is checked of the conditions for closing, of the author's properties, and of the working hours. */
import { isIsoDate } from '@cordon/kernel';
import { checkGuard } from './check-guard.js';
import type { CheckScope } from './check-scope.js';
import { discharging } from './compile-incident.js';

export function checkClosing(scope: CheckScope): void {
  const { duties, closure } = scope.playbook;
  checkIds(scope, 'duty', duties, ['duties']);
  checkIds(scope, 'closure condition', closure, ['closure']);
  const steps = new Map([...scope.steps].map(([id, { step }]) => [id, { step, phase: '' }]));
  duties.forEach((duty, i) => {
    const path = ['duties', i];
    if (duty.when) checkGuard(scope, duty.when, [...path, 'when'], `the duty ${duty.id}`);
    const settled = discharging(duty.id, steps);
    if (settled.steps.length + settled.answers.length === 0) {
      scope.add(
        path,
        `nothing discharges the duty ${duty.id}: write "duty: ${duty.id}" on the step that does`,
      );
      return;
    }
    const proved = settled.steps.some((id) => {
      const step = scope.steps.get(id)?.step;
      return step?.evidence !== undefined || step?.form.some(({ required }) => required);
    });
    if (settled.steps.length > 0 && !proved) {
      const where = settled.steps.join(', ');
      scope.warn(
        path,
        `the duty ${duty.id} leaves no proof: ask for evidence, or a required field, in ${where}`,
      );
    }
  });
  closure.forEach((condition, i) => {
    checkGuard(scope, condition.when, ['closure', i, 'when'], `the closure condition ${condition.id}`);
  });
  checkProperties(scope);
}

function checkProperties(scope: CheckScope): void {
  const { properties } = scope.playbook;
  checkIds(scope, 'property', properties, ['properties']);
  properties.forEach((property, i) => {
    const path = ['properties', i];
    const who = `the property ${property.id}`;
    if (property.when) checkGuard(scope, property.when, [...path, 'when'], who);
    for (const id of [...property.needs, ...(property.at === 'close' ? [] : [property.at])]) {
      const found = scope.steps.get(id);
      if (!found) scope.add(path, `${who} names "${id}", which is not a step`);
      if (found?.each !== undefined) scope.add(path, `${who} names "${id}", which is done per system`);
    }
  });
}

function checkIds(
  scope: CheckScope,
  what: string,
  items: readonly { readonly id: string; readonly title: Readonly<Record<string, string>> }[],
  path: readonly string[],
): void {
  scope.duplicates(
    what,
    items.map(({ id }) => id),
    path,
  );
  items.forEach(({ id, title }, i) => scope.texts(title, [...path, i], `the ${what} ${id}`));
}

export function checkHours(scope: CheckScope): void {
  const hours = scope.playbook.workingHours;
  if (!hours) return;
  const path = ['workingHours'];
  if (!isTimeZone(hours.timeZone)) {
    scope.add(path, `"${hours.timeZone}" is not a time zone: write a name such as Asia/Hong_Kong`);
  }
  if (hours.from >= hours.to)
    scope.add(path, `working hours end after they begin: ${hours.from} to ${hours.to}`);
  scope.duplicates('working day', hours.days, path);
  for (const day of hours.holidays) {
    if (!isIsoDate(day))
      scope.add(path, `"${day}" is not a date: write it like '2026-12-25', in quotation marks`);
  }
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
