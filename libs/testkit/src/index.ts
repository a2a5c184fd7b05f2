export { MemoryStore, type MemoryStoreOptions } from './memory/memory-store.js';
export { SimulatedClock } from './simulated-clock.js';
export type { Stores } from './stores.js';
export { storeConformance } from './conformance/store-conformance.js';
export type { MakeStore, StoreUnderTest } from './conformance/setup.js';
export { aNewIncident, anEntry, aPlaybook, aWrite, bytes, leafHash, noon, sha256 } from './builders.js';
