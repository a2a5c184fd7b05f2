import { inLanguage, type Machines } from '@cordon/engine';
import type { JsonObject } from '@cordon/kernel';
import type { PlaybookText } from '../injection.js';

/** Where compiled playbooks are kept: the runtime's library. */
interface Library {
  machines(digest: string): Promise<Machines>;
}

/** Reads published playbooks through the library, which has each compiled once. */
export function playbookText(library: Library): PlaybookText {
  return {
    title: async ({ digest }, language) => {
      const { title, summary } = (await library.machines(digest)).plan.playbook;
      return { title: inLanguage(title, language), summary: inLanguage(summary, language) };
    },
    machine: async ({ digest }) => (await library.machines(digest)).configs as unknown as JsonObject,
  };
}
