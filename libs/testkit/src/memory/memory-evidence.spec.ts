import { SimulatedClock } from '../simulated-clock.js';
import { evidenceConformance } from '../conformance/evidence.js';
import { MemoryEvidenceStore } from './memory-evidence.js';

evidenceConformance(() => {
  const clock = new SimulatedClock(1_000);
  return Promise.resolve({
    store: new MemoryEvidenceStore(clock),
    later: () => clock.now() + 1,
    close: () => Promise.resolve(),
  });
});
