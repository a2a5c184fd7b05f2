/** What is called Buffer without an import: esbuild puts this in its place. */
export { Buffer } from './buffer.js';
