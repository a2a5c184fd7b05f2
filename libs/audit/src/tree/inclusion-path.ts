import { invariant } from '@cordon/kernel';
import { Frontier } from './frontier.js';
import { isSize, log2Floor } from './hashes.js';

interface Beside {
  readonly end: number;
  readonly tree: Frontier;
}

/**
 * RFC 6962 section 2.1.1 while the leaves pass by once, where the size is known before: a frontier for each subtree beside
 * the leaf's path, so the memory is that of its depth squared. For trees whose leaves are stored nowhere as hashes.
 */
export class InclusionPath {
  /** In the order of their leaves. */
  private readonly right: Beside[] = [];
  private readonly left: readonly Uint8Array[];
  /** True for a subtree after the leaf, by level from below. */
  private readonly sides: boolean[] = [];
  private next: number;

  /** `before` holds the leaves before this one, and nothing else. Throws a RangeError where the tree has no leaf after them. */
  constructor(before: Frontier, size: number) {
    const index = before.size;
    if (!isSize(size) || index >= size)
      throw new RangeError(`leaf ${index} is not in a tree of ${size} leaves`);
    for (let [start, end] = [0, size]; end - start > 1;) {
      const middle = start + 2 ** log2Floor(end - start - 1);
      const after = index < middle;
      this.sides.unshift(after);
      if (after) {
        this.right.unshift({ end, tree: new Frontier() });
        end = middle;
      } else {
        start = middle;
      }
    }
    // What lies beside the path on the left are the complete subtrees that the leaves before consist of.
    this.left = before.hashes().reverse();
    this.next = index + 1;
  }

  /** The leaves after this one, in order. Throws a RangeError for more than there are. */
  append(leafHash: Uint8Array): void {
    const beside = this.right.find(({ end }) => this.next < end);
    if (!beside) throw new RangeError(`the tree has no more than ${this.next} leaves`);
    beside.tree.append(leafHash);
    this.next += 1;
  }

  /** The proof, the leaf's sibling first. Throws an InvariantError before the last leaf was there. */
  proof(): readonly Uint8Array[] {
    invariant(
      this.right.every(({ end }) => end <= this.next),
      'the tree has leaves that were not there yet',
    );
    const [left, right] = [[...this.left], this.right.map(({ tree }) => tree.root())];
    return this.sides.map((after) => (after ? right : left).shift() ?? new Uint8Array());
  }
}
