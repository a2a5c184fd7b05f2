import type { Language } from '@cordon/contracts';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Policy } from '../../access/policy.js';
import { LanguageOf } from '../../http/request-context.js';
import { approvePage } from './page.js';
import { script } from './script.js';

/** What a link to an approval opens. Its token is behind `#`: opening the page tells it to no server, and to no log. */
@ApiExcludeController()
@Controller()
export class ApprovePageController {
  @Get('approve')
  @Policy('public')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Cache-Control', 'no-store')
  page(@LanguageOf() language: Language): string {
    return approvePage(language);
  }

  @Get('approve.js')
  @Policy('public')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  @Header('Cache-Control', 'no-cache')
  js(): string {
    return script;
  }
}
