/**
 * Combinations of fact values, put together where no guard tells them apart. Two of them are in one class when every
 * guard gives the same truth and one can be turned into the other, fact by fact, without leaving the class: moving about
 * inside a class changes nothing that a machine could notice, so one member stands for all.
 */
import type { Json } from '@cordon/kernel';
import { evaluate, type Facts, type Guard } from '@cordon/playbook';
import type { Domain } from './fact-values.js';

/** More combinations than this in one slice are not explored; the exploration says so. */
export const MAX_COMBINATIONS = 60_000;

/** A part of the playbook reads more facts than can be gone through. */
export class TooManyCombinations extends Error {
  override readonly name = 'TooManyCombinations';

  constructor() {
    super(`more than ${MAX_COMBINATIONS} combinations of facts in one part`);
  }
}

/** Combinations by number: the digits of the number are the values of the facts. */
export interface Valuations {
  readonly domains: readonly Domain[];
  readonly size: number;
  /** The class of each combination. */
  readonly classOf: Int32Array;
  /** The combination that stands for each class, and its members. */
  readonly members: readonly (readonly number[])[];
  /** One fact changes between `from` and `to`, which are of different classes: one such pair for every two classes. */
  readonly crossings: readonly (readonly Crossing[])[];
}

/** One fact changes. */
export interface Crossing {
  readonly from: number;
  readonly to: number;
  readonly fact: string;
  readonly value: Json;
}

/** How many combinations there are. */
export function combinationsOf(domains: readonly Domain[]): number {
  return domains.reduce((product, { values }) => product * values.length, 1);
}

/**
 * Throws `TooManyCombinations` beyond the limit. O(combinations × facts × guards). Combinations that differ in a fact of
 * `apart` are never put together; with `true`, none are.
 */
export function valuationsOf(
  domains: readonly Domain[],
  guards: readonly Guard[],
  apart: boolean | ReadonlySet<string>,
): Valuations {
  const size = combinationsOf(domains);
  if (size > MAX_COMBINATIONS) throw new TooManyCombinations();
  const base = { domains, size };
  const truths = Array.from({ length: size }, (_, at) => {
    if (apart === true) return String(at);
    const facts = factsAt(base, at);
    const told = guards.map((guard) => evaluate(guard, facts)[0]).join('');
    if (apart === false) return told;
    const values = domains
      .filter(({ fact }) => apart.has(fact))
      .map(({ fact }) => facts[fact]?.value ?? null);
    return `${told} ${JSON.stringify(values)}`;
  });
  const classOf = new Int32Array(size).fill(-1);
  const members: number[][] = [];
  for (let at = 0; at < size; at += 1) {
    if (classOf[at] !== -1) continue;
    const group: number[] = [at];
    classOf[at] = members.length;
    for (const one of group) {
      for (const { to } of neighbours(base, one)) {
        if (classOf[to] !== -1 || truths[to] !== truths[one]) continue;
        classOf[to] = members.length;
        group.push(to);
      }
    }
    members.push(group);
  }
  const crossings = members.map((group) => {
    const found = new Map<number, Crossing>();
    for (const one of group) {
      for (const crossing of neighbours(base, one)) {
        const there = classOf[crossing.to] ?? 0;
        if (there !== classOf[one] && !found.has(there)) found.set(there, crossing);
      }
    }
    return [...found.values()];
  });
  return { ...base, classOf, members, crossings };
}

/** Every combination that differs in one fact. */
export function neighbours({ domains }: Pick<Valuations, 'domains'>, at: number): readonly Crossing[] {
  const all: Crossing[] = [];
  let weight = 1;
  for (const { fact, values } of domains) {
    const digit = Math.floor(at / weight) % values.length;
    for (let other = 0; other < values.length; other += 1) {
      if (other === digit) continue;
      all.push({ from: at, to: at + (other - digit) * weight, fact, value: values[other] ?? 'unknown' });
    }
    weight *= values.length;
  }
  return all;
}

/** The facts of a combination; unknown ones are left out. */
export function factsAt({ domains }: Pick<Valuations, 'domains'>, at: number): Facts {
  const facts: Record<string, { value: Json; at: number }> = {};
  let rest = at;
  for (const { fact, values } of domains) {
    const value = values[rest % values.length];
    if (value !== undefined) facts[fact] = { value, at: 0 };
    rest = Math.floor(rest / values.length);
  }
  return facts;
}

/** The combination that these facts are, as guards see them. */
export function indexOf({ domains }: Pick<Valuations, 'domains'>, facts: Facts): number {
  let at = 0;
  let weight = 1;
  for (const domain of domains) {
    at += digitOf(domain, facts[domain.fact]?.value) * weight;
    weight *= domain.values.length;
  }
  return at;
}

/** Values that no guard names count as the one that stands for any other, numbers as their interval. */
function digitOf({ values }: Domain, value: Json | undefined): number {
  if (value === undefined || value === null || value === 'unknown') return 0;
  const exact = values.indexOf(value);
  if (exact >= 0) return exact;
  if (typeof value !== 'number') return values.length - 1;
  const numbers = values.slice(1);
  const above = numbers.findIndex((one, i) => i % 2 === 1 && typeof one === 'number' && value < one);
  return above < 0 ? values.length - 1 : above;
}
