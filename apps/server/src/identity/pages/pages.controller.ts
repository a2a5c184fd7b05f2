import { Controller, Get, Header, Inject } from '@nestjs/common';
import type { Language } from '@cordon/contracts';
import { ApiExcludeController } from '@nestjs/swagger';
import { Policy } from '../../access/policy.js';
import type { Config } from '../../config.js';
import { LanguageOf } from '../../http/request-context.js';
import { CONFIG } from '../../injection.js';
import { script } from '../assets/script.js';
import { style } from '../assets/style.js';
import { oidcSettings } from '../oidc/settings.js';
import { accountPage, signInPage, welcomePage } from './pages.js';

const html = 'text/html; charset=utf-8';

/** Pages for people who have nothing but a browser. They hold no data: their script asks the API for it. */
@ApiExcludeController()
@Controller()
export class PagesController {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  @Get('sign-in')
  @Policy('public')
  @Header('Content-Type', html)
  @Header('Cache-Control', 'no-store')
  signIn(@LanguageOf() language: Language): string {
    return signInPage(language, oidcSettings(this.config) !== undefined);
  }

  /** What a one-time link opens. Its token is behind `#`: it never reaches a server, nor a log. */
  @Get('welcome')
  @Policy('public')
  @Header('Content-Type', html)
  @Header('Cache-Control', 'no-store')
  welcome(@LanguageOf() language: Language): string {
    return welcomePage(language);
  }

  @Get('account')
  @Policy('public')
  @Header('Content-Type', html)
  @Header('Cache-Control', 'no-store')
  account(@LanguageOf() language: Language): string {
    return accountPage(language);
  }

  @Get('identity.css')
  @Policy('public')
  @Header('Content-Type', 'text/css; charset=utf-8')
  @Header('Cache-Control', 'no-cache')
  css(): string {
    return style;
  }

  @Get('identity.js')
  @Policy('public')
  @Header('Content-Type', 'text/javascript; charset=utf-8')
  @Header('Cache-Control', 'no-cache')
  js(): string {
    return script;
  }
}
