/** Refusals in words, short enough for one line. */
import type { Blocker, Rejection } from '@cordon/engine';

/** What stands in the way, with the ids it is about: `fact unknown (fact personalData)`. */
export function blockerWords({ code, ...about }: Blocker): string {
  const named = Object.entries(about)
    .filter(([key, value]) => value !== undefined && key !== 'since')
    .map(([key, value]) => `${key} ${value}`);
  const words = code.replaceAll('_', ' ');
  return named.length === 0 ? words : `${words} (${named.join(', ')})`;
}

/** Why an event was refused: every reason, joined by semicolons. */
export function rejectionWords(rejection: Rejection): string {
  if (rejection.code === 'invalid_event') {
    return rejection.errors.map(({ pointer, message }) => `${pointer}: ${message}`).join('; ');
  }
  const reasons = rejection.blockedBy.map(blockerWords);
  const needs = rejection.code === 'forbidden' ? [`needs one of ${rejection.needs.join(', ')}`] : [];
  return [...reasons, ...needs].join('; ') || 'the incident does not take this event now';
}
