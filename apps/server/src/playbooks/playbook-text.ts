import { inLanguage, type Machines } from '@cordon/engine';
import { exportCacao } from '@cordon/exchange';
import type { JsonObject } from '@cordon/kernel';
import { markingText, type Playbook } from '@cordon/playbook';
import { executionOf } from '../history/execution.js';
import type { PlaybookText } from '../injection.js';
import { Diagrams } from './diagrams.js';

/** Where compiled playbooks are kept: the runtime's library. */
interface Library {
  machines(digest: string): Promise<Machines>;
}

type Heading = Pick<Playbook, 'title' | 'summary' | 'markings'>;

/** Reads published playbooks through the library, which has each compiled once. */
export function playbookText(library: Library): PlaybookText {
  const diagrams = new Diagrams(library);
  // The library keeps a few compiled playbooks; a list names them all, so what it shows of each is kept for good.
  const headings = new Map<string, Heading>();
  const heading = async (digest: string): Promise<Heading> => {
    const known = headings.get(digest);
    if (known) return known;
    const { title, summary, markings } = (await library.machines(digest)).plan.playbook;
    const read = { title, summary, markings };
    headings.set(digest, read);
    return read;
  };
  return {
    diagram: (digest, options) => diagrams.svg(digest, options),
    mermaid: (digest, language) => diagrams.mermaid(digest, language),
    cacao: async ({ digest, publishedAt }) =>
      exportCacao((await library.machines(digest)).plan.playbook, { now: publishedAt }),
    execution: async ({ ref, playbook }, entries) =>
      executionOf(ref, (await library.machines(playbook.digest)).plan.playbook, entries),
    title: async ({ digest }, language) => {
      const { title, summary, markings } = await heading(digest);
      return {
        title: inLanguage(title, language),
        summary: inLanguage(summary, language),
        markings: markings.map(markingText),
      };
    },
    machine: async ({ digest }) => (await library.machines(digest)).configs as unknown as JsonObject,
  };
}
