import type { ExportQuery, Language } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import type { IncidentId, IncidentView } from '@cordon/runtime';
import type { PlainFormat } from './send-export.js';

/** Formats that are made from the log at a signed checkpoint. */
export type ProvedFormat = Exclude<ExportQuery['format'], PlainFormat>;

/** An export that somebody who may see the incident has asked for. */
export interface AskedExport {
  readonly id: IncidentId;
  readonly incident: IncidentView;
  readonly query: Omit<ExportQuery, 'format'> & { readonly format: ProvedFormat };
  readonly actor: Actor;
  readonly language: Language;
}
