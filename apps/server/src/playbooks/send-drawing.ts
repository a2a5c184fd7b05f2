import type { Response } from 'express';

/** A drawing brings its own style and nothing else: opened by itself it may load nothing and run nothing. */
export function sendDrawing(response: Response, svg: string): void {
  response
    .setHeader('Content-Security-Policy', "default-src 'none'; style-src 'unsafe-inline'")
    .type('image/svg+xml')
    .send(svg);
}
