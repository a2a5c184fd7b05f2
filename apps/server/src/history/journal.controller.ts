import { HistoryPage, HistoryQuery } from '@cordon/contracts';
import type { Cordon, EntryView } from '@cordon/runtime';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { Policy } from '../access/policy.js';
import { decodeCursor, linkNext, pageOf, type Page } from '../http/cursor.js';
import { Answers } from '../http/documented.js';
import { CheckedQuery } from '../http/schema-pipe.js';
import { CORDON } from '../injection.js';

const EntryKeys = z.tuple([z.number().int().nonnegative()]);

@ApiTags('History')
@Controller('api/v1/audit/journal')
export class JournalController {
  constructor(@Inject(CORDON) private readonly cordon: Cordon) {}

  /** Sign-ins, people, roles, tokens, publishing, exports: a chain of its own, oldest first, refused attempts included. */
  @Get()
  @ApiOperation({ summary: 'What happened in this deployment and is not about one incident' })
  @Policy('journal.read')
  @Answers(200, HistoryPage)
  async list(
    @CheckedQuery(HistoryQuery) { limit, cursor }: HistoryQuery,
    @Req() request: Request,
    @Res({ passthrough: true }) response: Response,
  ): Promise<Page<EntryView>> {
    const after = decodeCursor(cursor, EntryKeys)?.[0] ?? 0;
    const page = pageOf(await this.cordon.journal(after, limit + 1), limit, ({ seq }) => [seq]);
    return linkNext(page, request, response);
  }
}
