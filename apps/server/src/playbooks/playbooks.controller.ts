import { Machine, PlaybookList, type Language } from '@cordon/contracts';
import { toIso, type JsonObject } from '@cordon/kernel';
import type { StoredPlaybook } from '@cordon/runtime';
import { Controller, Get, Inject, Param, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { Response } from 'express';
import { Policy } from '../access/policy.js';
import { Answers, AnswersFile } from '../http/documented.js';
import { ProblemError, say } from '../http/problem-error.js';
import { LanguageOf } from '../http/request-context.js';
import { PLAYBOOK_TEXT, STORE, type PlaybookText, type ServerStore } from '../injection.js';

@ApiTags('Playbooks')
@ApiBearerAuth()
@Controller('api/v1/playbooks')
export class PlaybooksController {
  constructor(
    @Inject(STORE) private readonly store: ServerStore,
    @Inject(PLAYBOOK_TEXT) private readonly text: PlaybookText,
  ) {}

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

  private async find(id: string, version: string): Promise<StoredPlaybook> {
    const isName = (name: string): boolean => /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name);
    const found = isName(id) && isName(version) ? await this.store.playbooks.byVersion(id, version) : undefined;
    if (found) return found;
    throw new ProblemError('not_found', say('There is no such version of a playbook.', '沒有這個版本的應變手冊。'));
  }
}

function lineOf({ id, version, digest, publishedAt }: StoredPlaybook, text: { title: string; summary: string }): object {
  return { id, version, digest, ...text, publishedAt: toIso(publishedAt) };
}
