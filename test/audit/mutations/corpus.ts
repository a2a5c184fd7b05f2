import type { Attack } from './bench.js';
import { completenessAttacks } from './completeness.js';
import { semanticAttacks, timeAttacks } from './history.js';
import { chainAttacks, formAttacks } from './leaves.js';
import { memberAttacks } from './members.js';
import { noteAttacks } from './notes.js';
import { fileAttacks, openingAttacks, viewAttacks } from './shown.js';
import { treeAttacks } from './tree.js';
import { zipAttacks } from './zip.js';

/** Every attack on a bundle, in the order of the table. */
export const corpus: readonly (readonly [string, readonly Attack[]])[] = [
  ['The zip file', zipAttacks],
  ['Members and manifest', memberAttacks],
  ['Checkpoint, signatures and witnesses', noteAttacks],
  ['Tree, gaps, proofs and older checkpoints', treeAttacks],
  ['Form of the leaves', formAttacks],
  ['Chains', chainAttacks],
  ['Completeness', completenessAttacks],
  ['Time', timeAttacks],
  ['Openings', openingAttacks],
  ['Evidence and playbooks', fileAttacks],
  ['Views', viewAttacks],
  ['What follows from the playbook', semanticAttacks],
];
