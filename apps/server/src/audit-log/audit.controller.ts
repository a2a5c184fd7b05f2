import {
  AuditExportQuery,
  CheckpointList,
  Consistency,
  ConsistencyQuery,
  type Language,
} from '@cordon/contracts';
import { consistencyProof } from '@cordon/audit';
import type { Actor } from '@cordon/engine';
import { fromIso, toIso } from '@cordon/kernel';
import { storedTiles, type Cordon, type PreparedBundle } from '@cordon/runtime';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Policy } from '../access/policy.js';
import { defined } from '../http/defined.js';
import { Answers, AnswersFile } from '../http/documented.js';
import { ActorOf, LanguageOf } from '../http/request-context.js';
import { CheckedQuery, invalidRequest } from '../http/schema-pipe.js';
import { AUDIT, CORDON, type AuditLog } from '../injection.js';
import { begunOf, expecting, noLog, notAllVisible, nothingSigned, prunedAway } from './audit-problems.js';
import { HISTORY_EXPORTS, type Exports } from './audit-tokens.js';
import { ExportsUnderWay } from './exports-under-way.js';
import { handOutOfLog } from './hand-out-evidence.js';
import { primed, sendBundle } from './send-bundle.js';

/** Days of which the last checkpoint is listed. */
const LISTED = 1_000;
const JSON_LINES = 'application/x-ndjson; charset=utf-8';

@ApiTags('Audit')
@Controller('api/v1/audit')
export class AuditController {
  constructor(
    @Inject(AUDIT) private readonly audit: AuditLog | null,
    @Inject(CORDON) private readonly cordon: Cordon,
    @Inject(HISTORY_EXPORTS) private readonly exports: Exports,
    private readonly underWay: ExportsUnderWay,
  ) {}

  /** The newest signed checkpoint, with the signatures of witnesses: what an auditor keeps. */
  @Get('checkpoint')
  @ApiOperation({ summary: 'The newest checkpoint of the log, as a signed note' })
  @Policy('audit.read')
  @AnswersFile('text/plain')
  async checkpoint(@Res() response: Response): Promise<void> {
    const note = await this.log().service.checkpoint();
    if (note === undefined) throw nothingSigned();
    response.setHeader('Cache-Control', 'no-store');
    response.type('text/plain; charset=utf-8').send(note);
  }

  /** The keys that sign checkpoints now, a line each, one unless they are being rotated: for the policy that an auditor verifies with, compared by another way. */
  @Get('key')
  @ApiOperation({ summary: 'The verifier key (C2SP vkey) of the log' })
  @Policy('audit.read')
  @AnswersFile('text/plain')
  async key(@Res() response: Response): Promise<void> {
    const vkeys = await this.log().service.vkeys();
    if (vkeys.length === 0) throw nothingSigned();
    response.setHeader('Cache-Control', 'no-store');
    response.type('text/plain; charset=utf-8').send(`${vkeys.join('\n')}\n`);
  }

  /** The last checkpoint of each day, oldest first. */
  @Get('checkpoints')
  @ApiOperation({ summary: 'Earlier checkpoints: the last of each day' })
  @Policy('audit.read')
  @Answers(200, CheckpointList)
  async checkpoints(): Promise<CheckpointAnswer> {
    const daily = await this.log().log.dailyCheckpoints(LISTED);
    return { items: daily.map(({ size, at, note }) => ({ size, at: toIso(at), note })) };
  }

  /** That the log of the larger size has only grown from that of the smaller. */
  @Get('consistency')
  @ApiOperation({ summary: 'Consistency proof between two sizes of the log' })
  @Policy('audit.read')
  @Answers(200, Consistency)
  async consistency(
    @CheckedQuery(ConsistencyQuery) { from, to }: ConsistencyQuery,
  ): Promise<{ from: number; to: number; proof: readonly string[] }> {
    const { log } = this.log();
    const head = await log.head();
    if (to > head.size) throw invalidRequest([{ pointer: '/to', message: `is more than ${head.size}` }]);
    const proof = await consistencyProof(storedTiles(log, head), from, to);
    return { from, to, proof: proof.map((hash) => hash.toString('base64')) };
  }

  /** Every incident and the deployment's own history, or a range of them, in one file. */
  @Get('export')
  @ApiOperation({ summary: 'The log or a range of it as a file' })
  @Policy('audit.export')
  @AnswersFile('application/zip', 'application/x-ndjson')
  async export(
    @CheckedQuery(AuditExportQuery) query: AuditExportQuery,
    @ActorOf() actor: Actor,
    @LanguageOf() language: Language,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (!(await this.cordon.seesAll(actor))) throw notAllVisible();
    if (request.method === 'HEAD') return void response.end();
    const sending = async (): Promise<void> => {
      const { bundle, location, again } = await this.begun(query, actor);
      if (query.attachments === 'yes') await handOutOfLog(this.cordon, bundle.evidence, actor, language);
      if (query.format === 'bundle')
        await sendBundle({ bundle, location, again, name: 'cordon-log' }, request, response);
      else await sendLines(bundle, response);
    };
    await this.underWay.during(actor, () => expecting(query.export !== undefined, sending));
  }

  private async begun(query: AuditExportQuery, actor: Actor): Promise<Begun> {
    if (!this.exports) throw noLog();
    const { format, since } = query;
    const attachments = query.attachments === 'yes';
    const options = { format, attachments, ...defined({ since }) };
    const again = query.export !== undefined;
    const earlier = { index: query.export ?? 0, size: query.checkpoint ?? 0 };
    const begin = again
      ? this.exports.again(earlier, 'log', options, actor)
      : this.exports.ofLog(...(await this.range(query)), options, actor);
    const { bundle, checkpoint } = await begunOf(begin, again);
    const search = new URLSearchParams({
      format,
      ...(attachments ? { attachments: 'yes' } : {}),
      ...(since === undefined ? {} : { since: String(since) }),
      export: String(bundle.exportIndex),
      checkpoint: String(checkpoint.size),
    });
    return { bundle, again, location: `/api/v1/audit/export?${search.toString()}` };
  }

  /** Places of the first entry and behind the last. */
  private async range({ from = 0, to }: AuditExportQuery): Promise<readonly [number, number]> {
    const { size, pruned } = await this.log().log.head();
    const [first, end] = [await this.place(from), to === undefined ? size : await this.place(to)];
    // By a time nobody can tell whether what is gone just before was recorded later than that.
    if (pruned && (first < pruned.place || (typeof from === 'string' && first === pruned.place)))
      throw prunedAway(pruned.place);
    if (end > size)
      throw invalidRequest([{ pointer: '/to', message: `is more than the ${size} of the log` }]);
    if (first > end) throw invalidRequest([{ pointer: '/from', message: `is behind to (${first}, ${end})` }]);
    return [first, end];
  }

  private async place(place: number | string): Promise<number> {
    if (typeof place === 'number') return place;
    if (!this.exports) throw noLog();
    return this.exports.placeAt(fromIso(place) ?? 0);
  }

  private log(): AuditLog {
    if (!this.audit) throw noLog();
    return this.audit;
  }
}

interface CheckpointAnswer {
  readonly items: readonly { readonly size: number; readonly at: string; readonly note: string }[];
}

interface Begun {
  readonly bundle: PreparedBundle;
  readonly location: string;
  readonly again: boolean;
}

async function sendLines(bundle: PreparedBundle, response: Response): Promise<void> {
  const lines = await primed(bundle.lines());
  response.setHeader('Content-Type', JSON_LINES);
  response.setHeader('Content-Disposition', 'attachment; filename="cordon-log.jsonl"');
  response.setHeader('Cache-Control', 'private, no-store');
  await pipeline(Readable.from(lines), response);
}
