export {
  sealEntry,
  readLeaf,
  leafHash,
  genesisHash,
  digestOf,
  commitmentTo,
  openedValues,
  isOpen,
  LEAF_VERSION,
  MAX_LEAF_BYTES,
  type EntryKind,
  type Leaf,
  type LeafDraft,
  type KeptOpening,
  type Opening,
  type SealedEntry,
  type SealedOpening,
  type WithheldOpening,
} from './leaf.js';
export { ChainChecker, type ChainEntry, type ChainFault } from './chain.js';
export { BundleError, type BundleFault } from './bundle/bundle-error.js';
export { isMemberPath } from './bundle/member-path.js';
export {
  BUNDLE_FORMAT,
  MANIFEST_PATH,
  MANIFEST_NOTE_PATH,
  MAX_MEMBERS,
  bundleKeyName,
  formatManifest,
  manifestNoteText,
  parseManifest,
  type Attachments,
  type BundleScope,
  type IncidentScope,
  type LogScope,
  type Manifest,
  type ManifestFile,
} from './bundle/manifest.js';
export {
  chainHeadLeaf,
  formatConsistencyLine,
  formatGap,
  formatHeads,
  formatMachine,
  formatOpeningsLine,
  parseConsistencyLine,
  parseGap,
  parseHeads,
  parseMachine,
  parseOpeningsLine,
  type ChainHead,
  type ConsistencyLine,
  type Gap,
  type HeadsDocument,
  type MachineDocument,
  type OpeningsLine,
  type ShownOpening,
} from './bundle/documents.js';
export { VERIFY_TEXT } from './bundle/verify-text.js';
export { writeZip, type OnWritten, type ZipMember } from './bundle/zip-write.js';
export { nodeHash, EMPTY_ROOT } from './tree/hashes.js';
export { Frontier } from './tree/frontier.js';
export { InclusionPath } from './tree/inclusion-path.js';
export {
  TreeEdge,
  TILE_WIDTH,
  tilePath,
  parseTilePath,
  encodeEntryBundle,
  decodeEntryBundle,
  type FullTile,
  type TileName,
} from './tree/tiles.js';
export {
  subtreeHash,
  rootAt,
  inclusionProof,
  consistencyProof,
  gapsBetween,
  verifyInclusion,
  verifyConsistency,
  memoryTiles,
  type TileReader,
  type InclusionClaim,
  type ConsistencyClaim,
} from './tree/proofs.js';
export { parseVkey, vkeyOf, verifyEd25519, isKeyName, type Vkey } from './note/vkey.js';
export {
  NoteError,
  parseNote,
  parseSignature,
  openNote,
  formatSignature,
  noteOf,
  signNote,
  MAX_NOTE_BYTES,
  MAX_NOTE_SIGNATURES,
  type Note,
  type NoteErrorCode,
  type NoteSignature,
  type NoteSigner,
  type OpenedNote,
} from './note/signed-note.js';
export { checkpointText, parseCheckpoint, type Checkpoint } from './note/checkpoint.js';
export { cosignedMessage, cosignatureLine, verifyCosignatures, type Cosigned } from './note/cosignature.js';
export {
  parsePolicy,
  quorumMet,
  PolicyError,
  type Policy,
  type PolicyGroup,
  type PolicyLog,
} from './note/policy.js';
export { formatTlogProof, parseTlogProof, type TlogProof } from './note/tlog-proof.js';
export { formatAddCheckpoint, parseAddCheckpoint, type AddCheckpoint } from './note/witness-request.js';
export { openZip, type RandomAccess, type ZipEntry, type ZipFile } from './bundle/zip-read.js';
export { verifyBundle, type VerifyOptions } from './verify/verify-bundle.js';
export type { HistoryRecord, ViewWriter } from './verify/files.js';
export {
  filled,
  notChecked,
  NOT_CHECKED,
  type NotChecked,
  type NotCheckedCode,
} from './verify/not-checked.js';
export { HistoryFault, type BundleHistory } from './verify/history.js';
export {
  LEVEL_NAMES,
  type Fault,
  type FaultCode,
  type FaultPlace,
  type LevelNumber,
  type LevelReport,
  type Report,
} from './verify/report.js';
export type { VerifiedTimestamp, VerifyTimestamp } from './verify/timestamps.js';
