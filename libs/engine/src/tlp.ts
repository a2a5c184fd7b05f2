/** The Traffic Light Protocol 2.0 (FIRST), from what anybody may know to what named people may know. */
export const TLP = ['clear', 'green', 'amber', 'amber+strict', 'red'] as const;
export type Tlp = (typeof TLP)[number];

export function isTlp(value: unknown): value is Tlp {
  return (TLP as readonly unknown[]).includes(value);
}

/** What an incident is when nobody has said otherwise. */
export const USUAL_TLP: Tlp = 'amber';
