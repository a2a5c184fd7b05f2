import {
  AtQuery,
  ExportQuery,
  HistoryPage,
  HistoryQuery,
  PastIncident,
  type Language,
} from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import {
  refOf,
  type Cordon,
  type Journal,
  type EntryView,
  type IncidentId,
  type PastView,
} from '@cordon/runtime';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Policy } from '../access/policy.js';
import { decodeCursor, linkNext, pageOf, type Page } from '../http/cursor.js';
import { Answers, AnswersFile, RefParam } from '../http/documented.js';
import { ProblemError, say } from '../http/problem-error.js';
import { RefPipe } from '../http/ref-pipe.js';
import { unknownIncident } from '../http/refusal-problem.js';
import { ActorOf, LanguageOf } from '../http/request-context.js';
import { CheckedQuery, invalidRequest } from '../http/schema-pipe.js';
import { CORDON, JOURNAL, PLAYBOOK_TEXT, type PlaybookText } from '../injection.js';
import { ProvedExport } from './proved-export.js';
import { sendExport, type PlainFormat } from './send-export.js';
import { wholeHistory } from './whole-history.js';

const EntryKeys = z.tuple([z.number().int().nonnegative()]);

@ApiTags('History')
@RefParam()
@Controller('api/v1/incidents/:ref')
export class HistoryController {
  constructor(
    @Inject(CORDON) private readonly cordon: Cordon,
    @Inject(PLAYBOOK_TEXT) private readonly text: PlaybookText,
    @Inject(JOURNAL) private readonly journal: Journal,
    private readonly proved: ProvedExport,
  ) {}

  /** Every entry, rejections included, oldest first; `seq` has no gaps and `prev` is the `hash` before it. */
  @Get('transitions')
  @ApiOperation({ summary: 'The history, refused events included' })
  @Policy('history.read')
  @Answers(200, HistoryPage)
  async transitions(
    @Param('ref', RefPipe) id: IncidentId,
    @CheckedQuery(HistoryQuery) { limit, cursor }: HistoryQuery,
    @ActorOf() actor: Actor,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Page<EntryView>> {
    const after = decodeCursor(cursor, EntryKeys)?.[0] ?? 0;
    const entries = await this.cordon.transitions(id, actor, after, limit + 1);
    if (!entries) throw unknownIncident();
    return linkNext(
      pageOf(entries, limit, ({ seq }) => [seq]),
      request,
      response,
    );
  }

  /** State, steps and facts as they were at a time or a revision, rebuilt from the history. */
  @Get('at')
  @ApiOperation({ summary: 'The incident as it was at a time or a revision' })
  @Policy('history.read')
  @Answers(200, PastIncident)
  async at(
    @Param('ref', RefPipe) id: IncidentId,
    @CheckedQuery(AtQuery) { time, revision }: AtQuery,
    @ActorOf() actor: Actor,
    @LanguageOf() language: Language,
  ): Promise<PastView> {
    const past = await this.cordon.at(
      id,
      actor,
      time === undefined ? { revision: revision ?? 1 } : { time },
      language,
    );
    if (!past) throw unknownIncident();
    if (past === 'before_opening') throw beforeOpening(time === undefined ? '/revision' : '/time');
    if (revision !== undefined && past.revision < revision) throw notReached(past.revision);
    return past;
  }

  /** The whole history as a file. A file that ends early ends with a broken connection, never cleanly. */
  @Get('export')
  @ApiOperation({
    summary: 'The whole history as a file; with format=bundle, one that is checked without this server',
  })
  @Policy('history.export')
  @AnswersFile(
    ...['application/x-ndjson', 'text/csv', 'application/json', 'application/zip', 'application/xml'],
    'application/pdf',
  )
  async export(
    @Param('ref', RefPipe) id: IncidentId,
    @CheckedQuery(ExportQuery) query: ExportQuery,
    @ActorOf() actor: Actor,
    @LanguageOf() language: Language,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    const { format } = query;
    const incident = await this.cordon.incident(id, actor, language);
    const lines = await this.cordon.exportJsonl(id, actor);
    if (!incident || !lines) throw unknownIncident();
    // Nothing is handed out, so nothing is made, waited for or written down.
    if (request.method === 'HEAD') return void response.end();
    if (!isPlain(format)) {
      const asked = { id, incident, query: { ...query, format }, actor, language };
      await this.proved.send(asked, request, response);
      return;
    }
    await this.journal.record({ actor, type: 'history.export', subject: refOf(id), data: { format } });
    if (format === 'cacao') {
      const status = await this.text.execution(incident, await wholeHistory(this.cordon, id, actor));
      response.attachment(`${refOf(id)}-execution.json`).json(status);
      return;
    }
    await sendExport(lines, format, refOf(id), response);
  }
}

function isPlain(format: ExportQuery['format']): format is PlainFormat {
  return format === 'jsonl' || format === 'csv' || format === 'cacao';
}

function beforeOpening(pointer: string): ProblemError {
  const errors = [{ pointer, message: 'is before the incident was opened' }];
  return new ProblemError(
    'before_opening',
    say('Ask for a time at or after openedAt.', '請查詢 openedAt 當時或之後的時間。'),
    { errors },
  );
}

function notReached(newest: number): ProblemError {
  return invalidRequest([{ pointer: '/revision', message: `is later than the newest, ${newest}` }]);
}
