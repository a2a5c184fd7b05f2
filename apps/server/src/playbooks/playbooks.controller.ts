import {
  DiagramQuery,
  Machine,
  PlaybookDocument,
  PlaybookList,
  PublishedPlaybook,
  type Language,
} from '@cordon/contracts';
import { toIso, type Clock, type JsonObject } from '@cordon/kernel';
import type { Actor } from '@cordon/engine';
import type { Journal, StoredPlaybook } from '@cordon/runtime';
import { Controller, Get, Inject, Param, Post, Res } from '@nestjs/common';
import { ApiConsumes, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Policy } from '../access/policy.js';
import { TextBody } from '../http/body-reader.js';
import { defined } from '../http/defined.js';
import { Answers, AnswersFile } from '../http/documented.js';
import { ProblemError, say } from '../http/problem-error.js';
import { ActorOf, LanguageOf } from '../http/request-context.js';
import { CheckedBody, CheckedQuery } from '../http/schema-pipe.js';
import { CLOCK, JOURNAL, PLAYBOOK_TEXT, STORE, type PlaybookText, type ServerStore } from '../injection.js';
import { sendDrawing } from './send-drawing.js';
import { publishDocument, type PublishedDocument } from './publish-document.js';

/** What a playbook may be sent as. */
const DOCUMENTS = [
  ...['application/yaml', 'application/x-yaml', 'text/yaml', 'application/json', 'application/cacao+json'],
  ...['text/markdown', 'text/plain'],
];

@ApiTags('Playbooks')
@Controller('api/v1/playbooks')
export class PlaybooksController {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(PLAYBOOK_TEXT) private readonly text: PlaybookText,
    @Inject(CLOCK) private readonly clock: Clock,
    @Inject(JOURNAL) private readonly journal: Journal,
  ) {}

  /**
   * Publishes a playbook: Cordon YAML, CACAO 2.0, a TheHive case template, an XSOAR playbook or a Markdown checklist.
   * A version is published once; sending the same again answers as before. Findings say what was guessed.
   */
  @Post()
  @ApiOperation({ summary: 'Check a playbook and publish it' })
  @ApiConsumes(...DOCUMENTS)
  @TextBody(...DOCUMENTS)
  @Policy('playbook.publish')
  @Answers(201, PublishedPlaybook)
  async publish(@CheckedBody(PlaybookDocument) text: string, @ActorOf() actor: Actor): Promise<object> {
    const published = await publishDocument(this.store.playbooks, this.clock, text);
    const { id, version = '', digest = '', format, outcome } = published;
    if (id !== undefined && outcome === 'published') {
      const data = { version, digest, format };
      await this.journal.record({ actor, type: 'playbook.publish', subject: id, data });
    }
    return answerOf(published);
  }

  /** The library: every published version. */
  @Get()
  @ApiOperation({ summary: 'List published playbooks' })
  @Policy('playbook.read')
  @Answers(200, PlaybookList)
  async list(@LanguageOf() language: Language): Promise<{ items: readonly object[] }> {
    const published = await this.store.playbooks.list();
    const line = async (one: StoredPlaybook): Promise<object> => lineOf(one, await this.text.title(one, language));
    return { items: await Promise.all(published.map(line)) };
  }

  /** The YAML as published: its SHA-256 is the version's digest. */
  @Get(':id/versions/:version/source')
  @ApiOperation({ summary: 'A playbook as it was published' })
  @Policy('playbook.read')
  @AnswersFile('application/yaml')
  async source(@Param('id') id: string, @Param('version') version: string, @Res() response: Response): Promise<void> {
    const { source } = await this.find(id, version);
    response.type('application/yaml; charset=utf-8').send(source);
  }

  /** The statecharts that decide, as XState configurations: the incident's and that of each affected system. */
  @Get(':id/versions/:version/machine.json')
  @ApiOperation({ summary: 'The statecharts of a playbook' })
  @Policy('playbook.read')
  @Answers(200, Machine)
  async machine(@Param('id') id: string, @Param('version') version: string): Promise<JsonObject> {
    return this.text.machine(await this.find(id, version));
  }

  /** Phases, steps, branches and joins as a picture that reads itself out too. */
  @Get(':id/versions/:version/diagram.svg')
  @ApiOperation({ summary: 'A playbook as a drawing' })
  @Policy('playbook.read')
  @AnswersFile('image/svg+xml')
  async diagram(
    @Param('id') id: string,
    @Param('version') version: string,
    @CheckedQuery(DiagramQuery) query: DiagramQuery,
    @LanguageOf() language: Language,
    @Res() response: Response,
  ): Promise<void> {
    const { digest } = await this.find(id, version);
    sendDrawing(response, await this.text.diagram(digest, { language, ...defined(query) }));
  }

  /** As a CACAO 2.0 document: what that has no words for stands in an extension. */
  @Get(':id/versions/:version/cacao.json')
  @ApiOperation({ summary: 'A playbook as a CACAO 2.0 document' })
  @Policy('playbook.read')
  @Answers(200, Machine)
  async cacao(@Param('id') id: string, @Param('version') version: string): Promise<JsonObject> {
    return this.text.cacao(await this.find(id, version));
  }

  /** The same as text that Mermaid draws. */
  @Get(':id/versions/:version/diagram.mmd')
  @ApiOperation({ summary: 'A playbook as Mermaid text' })
  @Policy('playbook.read')
  @AnswersFile('text/plain')
  async mermaid(
    @Param('id') id: string,
    @Param('version') version: string,
    @LanguageOf() language: Language,
    @Res() response: Response,
  ): Promise<void> {
    const { digest } = await this.find(id, version);
    response.type('text/plain; charset=utf-8').send(await this.text.mermaid(digest, language));
  }

  private async find(id: string, version: string): Promise<StoredPlaybook> {
    const isName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name);
    const found = isName(id) && isName(version) ? await this.store.playbooks.byVersion(id, version) : undefined;
    if (found) return found;
    throw new ProblemError('not_found', say('There is no such version of a playbook.', '沒有這個版本的應變手冊。'));
  }
}

function answerOf({ outcome, findings, ...published }: PublishedDocument): object {
  if (outcome === 'refused') {
    const first = findings.find(({ severity }) => severity === 'error');
    const said = first ? `${first.line === undefined ? first.pointer : `line ${first.line}`}: ${first.message}` : '';
    throw new ProblemError(
      'invalid_playbook',
      say(`The playbook has errors, first ${said}.`, `應變手冊有錯誤，首項為：${said}。`),
      { findings },
    );
  }
  if (outcome === 'conflict') {
    const { id = '', version = '' } = published;
    throw new ProblemError(
      'playbook_exists',
      say(
        `${id} ${version} was published with other contents, and a version never changes: raise the version.`,
        `${id} ${version} 已以其他內容發布，而版本不可更改：請提升版本號。`,
      ),
      { findings },
    );
  }
  return { ...published, findings };
}

function lineOf({ id, version, digest, publishedAt }: StoredPlaybook, text: Awaited<ReturnType<PlaybookText['title']>>): object {
  return { id, version, digest, ...text, publishedAt: toIso(publishedAt) };
}
