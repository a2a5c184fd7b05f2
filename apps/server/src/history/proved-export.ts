import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cloudEventsView, ocelView, ocsfView, xesView, type HistoryView } from '@cordon/exchange';
import { refOf, type BegunExport, type Cordon, type HistoryExports } from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { begunOf, expecting, noLog } from '../audit-log/audit-problems.js';
import { HISTORY_EXPORTS, type Exports } from '../audit-log/audit-tokens.js';
import { ExportsUnderWay } from '../audit-log/exports-under-way.js';
import { evidenceToHandOut, recordHandOut } from '../audit-log/hand-out-evidence.js';
import { primed, sendBundle } from '../audit-log/send-bundle.js';
import { defined } from '../http/defined.js';
import { CORDON } from '../injection.js';
import type { AskedExport, ProvedFormat } from './asked-export.js';
import { HistoryReport } from './history-report.js';

type Begun = Extract<BegunExport, { ok: true }>;

const VIEWS: Readonly<Record<Exclude<ProvedFormat, 'bundle' | 'pdf'>, HistoryView>> = {
  xes: xesView,
  ocel: ocelView,
  ocsf: ocsfView,
  cloudevents: cloudEventsView,
};

/** Exports of one incident that are made from the log at a signed checkpoint. Who may see the incident is decided before. */
@Injectable()
export class ProvedExport {
  constructor(
    @Inject(CORDON) private readonly cordon: Cordon,
    @Inject(HISTORY_EXPORTS) private readonly exports: Exports,
    private readonly report: HistoryReport,
    private readonly underWay: ExportsUnderWay,
  ) {}

  async send(asked: AskedExport, request: Request, response: Response): Promise<void> {
    const { exports } = this;
    if (!exports) throw noLog();
    const again = asked.query.export !== undefined;
    const sending = (): Promise<void> => this.sendBy(exports, asked, request, response);
    await this.underWay.during(asked.actor, () => expecting(again, sending));
  }

  private async sendBy(
    exports: HistoryExports,
    asked: AskedExport,
    request: Request,
    response: Response,
  ): Promise<void> {
    const { id, query, actor } = asked;
    const { format } = query;
    if (format === 'pdf') return this.report.send(exports, asked, response);
    if (format !== 'bundle') {
      const options = { format, attachments: false };
      const { bundle } = await begunOf(exports.ofIncident(id, options, actor), false);
      return sendView(VIEWS[format], bundle, refOf(id), response);
    }
    const begun = await this.begun(exports, asked);
    const again = query.export !== undefined;
    const answer = { bundle: begun.bundle, again, name: `${refOf(id)}-history` };
    await sendBundle({ ...answer, location: locationOf(asked, begun) }, request, response);
  }

  /** The bundle that can be sent, with the custody of each file in it on record: for a new one in the bundle itself. */
  private async begun(exports: HistoryExports, { id, query, actor, language }: AskedExport): Promise<Begun> {
    const items = query.attachments === 'yes' ? await evidenceToHandOut(this.cordon, id, actor) : undefined;
    const { format, since } = query;
    const options = { format, attachments: items !== undefined, ...defined({ since }) };
    const record = (): Promise<void> => recordHandOut(this.cordon, id, items ?? [], actor, language);
    if (query.export === undefined) {
      await record();
      return begunOf(exports.ofIncident(id, options, actor), false);
    }
    const earlier = { index: query.export, size: query.checkpoint ?? 0 };
    const begun = await begunOf(exports.again(earlier, { incident: id }, options, actor), true);
    await record();
    return begun;
  }
}

/** Where the same bundle can be had again. */
function locationOf({ id, query }: AskedExport, { bundle, checkpoint }: Begun): string {
  const search = new URLSearchParams({
    format: query.format,
    ...(query.attachments === 'no' ? { attachments: 'no' } : {}),
    ...(query.since === undefined ? {} : { since: String(query.since) }),
    export: String(bundle.exportIndex),
    checkpoint: String(checkpoint.size),
  });
  return `/api/v1/incidents/${refOf(id)}/export?${search.toString()}`;
}

async function sendView(
  view: HistoryView,
  bundle: Begun['bundle'],
  ref: string,
  response: Response,
): Promise<void> {
  const pieces = view.write(() => bundle.records(), bundle.about)[Symbol.asyncIterator]();
  const text = await primed(generatorOf(pieces));
  const extension = view.path.slice(view.path.lastIndexOf('/') + 1).replace(/^[^.]*\./, '');
  response.setHeader('Content-Type', view.mediaType);
  response.setHeader('Content-Disposition', `attachment; filename="${ref}-${nameOf(view)}.${extension}"`);
  response.setHeader('Cache-Control', 'private, no-store');
  await pipeline(Readable.from(text), response);
}

function nameOf({ path }: HistoryView): string {
  return path.slice(path.lastIndexOf('/') + 1).replace(/\..*$/, '');
}

async function* generatorOf<T>(iterator: AsyncIterator<T>): AsyncGenerator<T> {
  try {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) yield next.value;
  } finally {
    await iterator.return?.();
  }
}
