export { drawPlaybook, type DiagramOptions } from './draw.js';
export { mermaidOf, type MermaidOptions } from './mermaid.js';
export { outlineOf, type OutlineOptions } from './outline.js';
export type { MarkStatus, Marks, StepMark } from './marks.js';
export type { Theme } from './theme.js';
