import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Clock } from '@cordon/kernel';
import {
  refOf,
  type BundleRecord,
  type Cordon,
  type HistoryExports,
  type Journal,
  type PreparedBundle,
} from '@cordon/runtime';
import { Inject, Injectable } from '@nestjs/common';
import type { Response } from 'express';
import { begunOf, noLog } from '../audit-log/audit-problems.js';
import { primed } from '../audit-log/send-bundle.js';
import { AUDIT, CLOCK, CORDON, JOURNAL, type AuditLog } from '../injection.js';
import type { AskedExport } from './asked-export.js';
import { MAX_ATTACHED_BYTES, type ReportBundle, type ReportLeaf } from './report/report-input.js';
import { writeReport } from './report/write-report.js';
import { wholeHistory } from './whole-history.js';

/** The report for people: a PDF with the bundle, without evidence files, inside. */
@Injectable()
export class HistoryReport {
  constructor(
    @Inject(CORDON) private readonly cordon: Cordon,
    @Inject(AUDIT) private readonly audit: AuditLog | null,
    @Inject(JOURNAL) private readonly journal: Journal,
    @Inject(CLOCK) private readonly clock: Clock,
  ) {}

  async send(exports: HistoryExports, asked: AskedExport, response: Response): Promise<void> {
    const { id, actor } = asked;
    const ref = refOf(id);
    await this.journal.record({ actor, type: 'history.export', subject: ref, data: { format: 'pdf' } });
    const options = { format: 'bundle', attachments: false };
    const { bundle, checkpoint } = await begunOf(exports.ofIncident(id, options, actor), false);
    const input = await this.inputOf(asked, bundle, checkpoint.note);
    const pdf = await primed(writeReport(input));
    response.setHeader('Content-Type', 'application/pdf');
    response.setHeader('Content-Disposition', `attachment; filename="${ref}-history.pdf"`);
    response.setHeader('Cache-Control', 'private, no-store');
    await pipeline(Readable.from(pdf), response);
  }

  private async inputOf(
    { id, incident, actor, language }: AskedExport,
    bundle: PreparedBundle,
    checkpoint: string,
  ): Promise<Parameters<typeof writeReport>[0]> {
    if (!this.audit) throw noLog();
    const { service } = this.audit;
    const evidence = await this.cordon.records.evidence(id, actor);
    const ends = await endsOf(bundle.records());
    // What was written since the export is not in the bundle, and so not in the report.
    const entries = (await wholeHistory(this.cordon, id, actor)).filter(({ seq }) => seq <= ends.seq);
    const [logKeys, { vkey }] = [await service.vkeys(), await service.bundleKey()];
    const keys = [
      ...logKeys.map((one) => ({ purpose: 'log' as const, vkey: one })),
      { purpose: 'bundle' as const, vkey },
    ];
    return {
      ...{ language, incident, entries },
      createdAt: this.clock.now(),
      steps: (await this.cordon.steps(id, actor, language)) ?? [],
      evidence: typeof evidence === 'string' ? [] : evidence,
      proof: { checkpoint, keys, first: ends.first, last: ends.last },
      bundle: await attached(bundle, `${refOf(id)}-history.zip`),
    };
  }
}

/** The bundle as it goes into the PDF: its bytes only where they are not too many. */
async function attached(bundle: PreparedBundle, name: string): Promise<ReportBundle> {
  const hash = createHash('sha256');
  let chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of bundle.bytes()) {
    bytes += chunk.length;
    hash.update(chunk);
    if (bytes <= MAX_ATTACHED_BYTES) chunks.push(chunk);
    else chunks = [];
  }
  const fits = bytes <= MAX_ATTACHED_BYTES;
  return { name, bytes, sha256: hash.digest('hex'), ...(fits ? { content: Buffer.concat(chunks) } : {}) };
}

async function endsOf(
  records: AsyncIterable<BundleRecord>,
): Promise<{ readonly first: ReportLeaf; readonly last: ReportLeaf; readonly seq: number }> {
  let [first, last]: (BundleRecord | undefined)[] = [];
  for await (const record of records) {
    if (record.leaf.machine === undefined) continue;
    first ??= record;
    last = record;
  }
  if (!first || !last) throw new Error('a bundle of an incident shows none of its entries');
  const leafOf = ({ index, hash }: BundleRecord): ReportLeaf => ({ index, hash });
  return { first: leafOf(first), last: leafOf(last), seq: last.leaf.seq };
}
