import { formatTlogProof, inclusionProof } from '@cordon/audit';
import { EntrySeq } from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { refOf, storedTiles, type Cordon, type IncidentId } from '@cordon/runtime';
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Policy } from '../access/policy.js';
import { AnswersFile, RefParam } from '../http/documented.js';
import { ProblemError, say } from '../http/problem-error.js';
import { RefPipe } from '../http/ref-pipe.js';
import { unknownIncident } from '../http/refusal-problem.js';
import { ActorOf } from '../http/request-context.js';
import { AUDIT, CORDON, type AuditLog } from '../injection.js';
import { noLog, notSigned } from './audit-problems.js';

@ApiTags('Audit')
@RefParam()
@Controller('api/v1/incidents/:ref/transitions')
export class EntryProofController {
  constructor(
    @Inject(CORDON) private readonly cordon: Cordon,
    @Inject(AUDIT) private readonly audit: AuditLog | null,
  ) {}

  /** That one entry is in the log, as a file that is checked without this server. The leaf itself is in the exports. */
  @Get(':seq/proof')
  @ApiOperation({ summary: 'Proof that an entry is in the log (C2SP tlog-proof)' })
  @Policy('history.read')
  @AnswersFile('text/plain')
  async proof(
    @Param('ref', RefPipe) id: IncidentId,
    @Param('seq') text: string,
    @ActorOf() actor: Actor,
    @Res() response: Response,
  ): Promise<void> {
    const seq = EntrySeq.safeParse(text).data ?? 0;
    const found = await this.cordon.transitions(id, actor, Math.max(0, seq - 1), 1);
    if (!found) throw unknownIncident();
    if (found[0]?.seq !== seq) throw noEntry();
    const { index, note, proof } = await this.proved(id, seq);
    response.setHeader('Cache-Control', 'private, no-store');
    response.setHeader('Content-Disposition', `attachment; filename="${refOf(id)}-entry-${seq}.tlog-proof"`);
    response.type('text/plain; charset=utf-8').send(formatTlogProof({ index, proof, checkpoint: note }));
  }

  private async proved(
    id: IncidentId,
    seq: number,
  ): Promise<{ readonly index: number; readonly note: string; readonly proof: readonly Uint8Array[] }> {
    if (!this.audit) throw noLog();
    const { log } = this.audit;
    const [entry] = await log.chainEntries(id, seq - 1, seq, 1);
    const checkpoint = entry && (await log.checkpoint(entry.index + 1));
    if (!checkpoint) {
      await log.askForCheckpoint();
      throw notSigned();
    }
    const { index } = entry;
    const proof = await inclusionProof(storedTiles(log, await log.head()), checkpoint.size, index);
    return { index, note: checkpoint.note, proof };
  }
}

function noEntry(): ProblemError {
  return new ProblemError('not_found', say('The incident has no such entry.', '此事故沒有這項紀錄。'));
}
