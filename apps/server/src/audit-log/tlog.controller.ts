import { encodeEntryBundle, parseTilePath } from '@cordon/audit';
import type { Actor } from '@cordon/engine';
import { storedTiles, type Cordon } from '@cordon/runtime';
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Policy } from '../access/policy.js';
import { AnswersFile } from '../http/documented.js';
import { ProblemError, say } from '../http/problem-error.js';
import { ActorOf } from '../http/request-context.js';
import { AUDIT, CORDON, type AuditLog } from '../injection.js';
import { noLog, notAllVisible, nothingSigned, prunedAway } from './audit-problems.js';

const TILE_WIDTH = 256;
const HASH_BYTES = 32;

/** The log as C2SP tlog-tiles, for programs that know that form. Tiles never change; whoever keeps them keeps them for themselves. */
@ApiTags('Audit')
@Controller('api/v1/audit/tlog')
export class TlogController {
  constructor(
    @Inject(AUDIT) private readonly audit: AuditLog | null,
    @Inject(CORDON) private readonly cordon: Cordon,
  ) {}

  @Get('checkpoint')
  @ApiOperation({ summary: 'The newest checkpoint (C2SP tlog-tiles)' })
  @Policy('audit.read')
  @AnswersFile('text/plain')
  async checkpoint(@Res() response: Response): Promise<void> {
    const note = await this.log().service.checkpoint();
    if (note === undefined) throw nothingSigned();
    response.setHeader('Cache-Control', 'no-store');
    response.type('text/plain; charset=utf-8').send(note);
  }

  /** The leaves themselves, 256 at a time: every incident, whatever its marking. */
  @Get('tile/entries/*place')
  @ApiOperation({ summary: 'Entries of the log (C2SP tlog-tiles entry bundle)' })
  @ApiParam({ name: 'place', schema: { type: 'string' }, description: 'Such as `x001/234` or `067.p/17`.' })
  @Policy('audit.export')
  @AnswersFile('application/octet-stream')
  async entries(
    @Param('place') place: string | readonly string[],
    @ActorOf() actor: Actor,
    @Res() response: Response,
  ): Promise<void> {
    if (!(await this.cordon.seesAll(actor))) throw notAllVisible();
    const { index, width } = await this.tileAt(`tile/entries/${joined(place)}`);
    const first = index * TILE_WIDTH;
    const { pruned } = await this.log().log.head();
    if (pruned && first < pruned.place) throw prunedAway(pruned.place);
    const entries = await this.log().log.entries(first, first + width, width);
    if (entries.length !== width) throw noTile();
    send(response, encodeEntryBundle(entries.map(({ leaf }) => leaf)), width);
  }

  /** Hashes of the tree, 256 at a time. */
  @Get('tile/:level/*place')
  @ApiOperation({ summary: 'Hashes of the log (C2SP tlog-tiles)' })
  @ApiParam({ name: 'place', schema: { type: 'string' }, description: 'Such as `x001/234` or `067.p/17`.' })
  @Policy('audit.read')
  @AnswersFile('application/octet-stream')
  async hashes(
    @Param('level') level: string,
    @Param('place') place: string | readonly string[],
    @Res() response: Response,
  ): Promise<void> {
    const tile = await this.tileAt(`tile/${level}/${joined(place)}`);
    if (tile.level === 'entries') throw noTile();
    const { log } = this.log();
    const hashes = await storedTiles(log, await log.head()).tile(tile.level, tile.index);
    send(response, Buffer.from(hashes.subarray(0, tile.width * HASH_BYTES)), tile.width);
  }

  /** The tile of this path, where the tree has all of it. */
  private async tileAt(path: string): Promise<NonNullable<ReturnType<typeof parseTilePath>>> {
    const tile = parseTilePath(path);
    const { size } = await this.log().log.head();
    if (!tile) throw noTile();
    const each = tile.level === 'entries' ? 1 : TILE_WIDTH ** tile.level;
    if ((tile.index * TILE_WIDTH + tile.width) * each > size) throw noTile();
    return tile;
  }

  private log(): AuditLog {
    if (!this.audit) throw noLog();
    return this.audit;
  }
}

function joined(place: string | readonly string[]): string {
  return typeof place === 'string' ? place : place.join('/');
}

function send(response: Response, bytes: Buffer, width: number): void {
  const age = width === TILE_WIDTH ? 'max-age=31536000, immutable' : 'max-age=60';
  response.setHeader('Cache-Control', `private, ${age}`);
  response.type('application/octet-stream').send(bytes);
}

function noTile(): ProblemError {
  return new ProblemError('not_found', say('The log has no such tile.', '紀錄沒有此區塊。'));
}
