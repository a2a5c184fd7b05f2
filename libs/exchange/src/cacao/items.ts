/** What a layout is made of: blocks inside each other, and the edges of graphs. */
import type { FlowNode } from './flow.js';

/** An end of an item that another item of the same graph waits for. */
export interface Edge {
  /** The node. */
  readonly from: string;
  readonly outcome: 'done' | 'failed';
  /** The way of a choice that was taken. */
  readonly way?: string;
}

export type Item =
  | {
      readonly kind: 'node';
      readonly node: FlowNode;
      readonly failed?: readonly Item[];
      /** The node that a failure goes back to, in the same sequence. */
      readonly repeat?: string;
      /** Inside a graph a repetition needs a sequence of its own. */
      readonly alone?: true;
    }
  | { readonly kind: 'choice'; readonly node: FlowNode; readonly ways: ReadonlyMap<string, readonly Item[]> }
  | { readonly kind: 'loop'; readonly node: FlowNode; readonly body: readonly Item[] }
  | { readonly kind: 'fork'; readonly node: FlowNode; readonly branches: readonly (readonly Item[])[] }
  | { readonly kind: 'graph'; readonly node: FlowNode; readonly items: readonly GraphItem[] }
  /** A failure after which nothing is left to do on its way: somebody says so. */
  | { readonly kind: 'acknowledge'; readonly node: FlowNode };

export interface GraphItem {
  readonly item: Item;
  readonly after: readonly Edge[];
}

/** Blocks in order, and where they lead: nodes outside, or `END`. */
export interface Sequence {
  readonly items: readonly Item[];
  readonly exits: ReadonlySet<string>;
}

/** A sequence that may go on in the same region. */
export interface Placed extends Sequence {
  readonly onward?: string;
}

/** What making a graph of a region needs to know of the layout around it. */
export interface Region {
  /** Position of a node in the order of the flow. */
  readonly rank: ReadonlyMap<string, number>;
  readonly flat: boolean;
  node(id: string): FlowNode;
  dominator(id: string): string | undefined;
  isUnder(id: string, dominator: string): boolean;
  place(id: string): Placed;
}
