/** An element with attributes and content. Text is only ever text: nothing of a bundle is read as HTML. */
export function element(
  name: string,
  attributes: Readonly<Record<string, string>> = {},
  ...content: readonly (Node | string)[]
): HTMLElement {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

/** The element of the page with this id. Throws where there is none. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id);
  if (!(found instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return found;
}

const PATHS = {
  good: 'M4 12.5l5.5 5.5L20 7',
  care: 'M12 3v11M12 19.5v.5',
  bad: 'M5 5l14 14M19 5L5 19',
} as const;

/** Drawn, so that no font is needed; the words beside it say the same. */
export function sign(kind: keyof typeof PATHS): SVGSVGElement {
  const space = 'http://www.w3.org/2000/svg';
  const drawing = document.createElementNS(space, 'svg');
  const path = document.createElementNS(space, 'path');
  const set = (to: Element, values: Record<string, string>): void =>
    Object.entries(values).forEach(([key, value]) => to.setAttribute(key, value));
  set(drawing, { viewBox: '0 0 24 24', 'aria-hidden': 'true' });
  set(path, { d: PATHS[kind], fill: 'none', stroke: 'currentColor', 'stroke-width': '3.5' });
  set(path, { 'stroke-linecap': 'round', 'stroke-linejoin': 'round' });
  drawing.append(path);
  return drawing;
}
