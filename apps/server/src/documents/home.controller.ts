import type { Language } from '@cordon/contracts';
import { Controller, Get, Header } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { Policy } from '../access/policy.js';
import { LanguageOf } from '../http/request-context.js';

const pages: Readonly<Record<Language, string>> = {
  en: page(
    'en',
    'Incident response playbooks that people move forward together.',
    'API documentation',
    'OpenAPI document',
    'Is it ready?',
  ),
  'zh-Hant': page('zh-Hant', '讓團隊一同推進的事故應變手冊。', 'API 文件', 'OpenAPI 文件', '服務狀態'),
};

@ApiExcludeController()
@Controller()
export class HomeController {
  /** What the printed address shows. */
  @Get()
  @Policy('public')
  @Header('Content-Type', 'text/html; charset=utf-8')
  read(@LanguageOf() language: Language): string {
    return pages[language];
  }
}

function page(lang: string, motto: string, docs: string, openapi: string, ready: string): string {
  return `<!doctype html>
<html lang="${lang}">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Cordon</title>
<main>
<h1>Cordon</h1>
<p>${motto}</p>
<ul>
<li><a href="/docs">${docs}</a></li>
<li><a href="/openapi.json">${openapi}</a></li>
<li><a href="/health/ready">${ready}</a></li>
</ul>
</main>
</html>
`;
}
