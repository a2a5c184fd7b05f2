import { MemoryStore } from './memory-store.js';
import { storeConformance } from '../conformance/store-conformance.js';

storeConformance('MemoryStore', async () => {
  const store = new MemoryStore();
  return {
    store,
    another: async () => store,
    queued: async () => store.queued,
    cutLead: async () => store.log.cutLead(),
    close: async () => undefined,
  };
});
