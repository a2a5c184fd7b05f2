import { vaultConformance } from '../conformance/vault.js';
import { MemoryVault } from './memory-vault.js';

vaultConformance('memory', async () => {
  const vault = new MemoryVault();
  return { vault, another: async () => vault, close: async () => undefined };
});
