export {
  sealEntry,
  readLeaf,
  leafHash,
  genesisHash,
  digestOf,
  commitmentTo,
  openedValues,
  LEAF_VERSION,
  MAX_LEAF_BYTES,
  type EntryKind,
  type Leaf,
  type LeafDraft,
  type Opening,
  type SealedEntry,
} from './leaf.js';
export { ChainChecker, type ChainEntry, type ChainFault } from './chain.js';
