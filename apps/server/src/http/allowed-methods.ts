import type { Application } from 'express';

interface Layer {
  readonly route?: { readonly path: string; readonly methods: Readonly<Record<string, boolean>> };
  match(path: string): boolean;
}

/** Methods that the router has for a path: what a 405 lists under Allow. Empty for a path that does not exist. */
export function allowedMethods(express: Application, path: string): string[] {
  const layers = (express.router as unknown as { stack: Layer[] }).stack;
  const methods = layers
    .filter((layer) => layer.route && matches(layer, path))
    .flatMap((layer) => Object.keys(layer.route?.methods ?? {}))
    .map((method) => method.toUpperCase());
  return [...new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods)].sort();
}

/** A path that does not decode matches nothing. */
function matches(layer: Layer, path: string): boolean {
  try {
    return layer.match(path);
  } catch {
    return false;
  }
}
