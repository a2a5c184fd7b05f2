import { Controller, Get, Header, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { Response } from 'express';
import { Policy } from '../access/policy.js';
import { builtPage } from './built-page.js';

/** The verifier as a page: an auditor's browser checks a bundle, and nothing of it reaches this server. */
@ApiExcludeController()
@Controller()
export class VerifyPageController {
  /** The same bytes for everybody: they hold both languages, and are what the page's link saves. */
  @Get('verify')
  @Policy('public')
  @Header('Content-Type', 'text/html; charset=utf-8')
  @Header('Cache-Control', 'no-cache')
  async read(@Res({ passthrough: true }) response: Response): Promise<string> {
    const { html, policy } = await builtPage();
    response.setHeader('Content-Security-Policy', policy);
    return html;
  }
}
