import {
  AddedEvidence,
  EvidenceDownload,
  EvidenceItemId,
  EvidenceList,
  EvidenceUpload,
  type Language,
} from '@cordon/contracts';
import type { Actor } from '@cordon/engine';
import { refOf, type Cordon, type Evidence, type EvidenceView, type IncidentId } from '@cordon/runtime';
import { Controller, Get, HttpCode, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiBody, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Request, Response } from 'express';
import { Policy } from '../access/policy.js';
import { RawBody } from '../http/body-reader.js';
import { Answers, AnswersFile, DocumentedKey, RefParam } from '../http/documented.js';
import { RequiredKey } from '../http/preconditions.js';
import { RefPipe } from '../http/ref-pipe.js';
import { ActorOf, LanguageOf } from '../http/request-context.js';
import { CheckedQuery } from '../http/schema-pipe.js';
import { RecordsRefusals } from '../incidents/refusal-recorder.js';
import { CORDON } from '../injection.js';
import { evidenceProblem } from './evidence-problems.js';
import { EVIDENCE } from './evidence-tokens.js';
import { newEvidenceOf } from './new-evidence.js';
import { sendEvidence } from './send-evidence.js';
import { UploadsUnderWay } from './uploads-under-way.js';

@ApiTags('Evidence')
@RefParam()
@Controller('api/v1/incidents/:ref/evidence')
export class EvidenceController {
  constructor(
    @Inject(CORDON) private readonly cordon: Cordon,
    @Inject(EVIDENCE) private readonly evidence: Evidence,
    private readonly uploads: UploadsUnderWay,
  ) {}

  /** Takes a file in: the body is the file. It is stored before the entry that names its hash is made. */
  @Post()
  @HttpCode(201)
  @ApiOperation({ summary: 'Add an evidence file: the body is the file itself' })
  @Policy('evidence.add')
  @RawBody('evidence.add')
  @RecordsRefusals()
  @DocumentedKey(true)
  @ApiHeader({ name: 'X-Evidence-Name', required: false, description: 'The name, percent-encoded.' })
  @ApiBody({ schema: { type: 'string', format: 'binary' } })
  @Answers(201, AddedEvidence)
  async add(
    @Param('ref', RefPipe) id: IncidentId,
    @RequiredKey() key: string,
    @CheckedQuery(EvidenceUpload) query: EvidenceUpload,
    @ActorOf() actor: Actor,
    @LanguageOf() language: Language,
    @Req() request: Request,
  ): Promise<AddedAnswer> {
    const command = newEvidenceOf(request, key, query);
    const added = await this.uploads.during(actor, () => this.evidence.add(id, command, actor, language));
    if (!added.ok) throw evidenceProblem(added.refusal, 'evidence.add');
    const { revision, transition } = added.transition;
    return { ref: refOf(id), revision, seq: transition.seq, item: added.item };
  }

  /** Every item with its custody: who added it, looked at it, moved it. */
  @Get()
  @ApiOperation({ summary: 'The evidence, with its chain of custody' })
  @Policy('evidence.read')
  @Answers(200, EvidenceList)
  async list(
    @Param('ref', RefPipe) id: IncidentId,
    @ActorOf() actor: Actor,
  ): Promise<{ items: readonly EvidenceView[] }> {
    const items = await this.cordon.records.evidence(id, actor);
    if (typeof items === 'string') throw evidenceProblem({ code: items }, 'evidence.read');
    return { items };
  }

  /** Hands a file out, by its SHA-256 or its number. The entry of it is made before the first byte. */
  @Get(':item')
  @ApiOperation({ summary: 'Download an evidence file; each download is an entry of its custody' })
  @Policy('evidence.read')
  @AnswersFile('application/octet-stream')
  async download(
    @Param('ref', RefPipe) id: IncidentId,
    @Param('item') item: string,
    @CheckedQuery(EvidenceDownload) { quarantined = false }: EvidenceDownload,
    @ActorOf() actor: Actor,
    @LanguageOf() language: Language,
    @Req() request: Request,
    @Res() response: Response,
  ): Promise<void> {
    if (!EvidenceItemId.safeParse(item).success)
      throw evidenceProblem({ code: 'unknown_evidence' }, 'evidence.read');
    const wanted = { item, quarantined, headOnly: request.method === 'HEAD' };
    const opened = await this.evidence.open(id, wanted, actor, language);
    if (!opened.ok) throw evidenceProblem(opened.refusal, 'evidence.read');
    await sendEvidence(opened, request, response);
  }
}

interface AddedAnswer {
  readonly ref: string;
  readonly revision: number;
  readonly seq: number;
  readonly item: EvidenceView;
}
