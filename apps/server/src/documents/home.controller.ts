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
<style>
:root { color-scheme: light dark; }
body { margin: 0; font: 1.0625rem/1.6 system-ui, "PingFang HK", "Microsoft JhengHei", "Noto Sans CJK HK", sans-serif; }
main { max-width: 34rem; margin: 15vh auto; padding: 0 1.5rem; }
h1 { margin: 0; font-size: 2rem; letter-spacing: -0.02em; }
ul { margin: 2rem 0 0; padding: 0; list-style: none; }
a { display: block; padding: 0.75rem 0; border-top: 1px solid color-mix(in srgb, currentColor 25%, transparent); color: inherit; }
a:focus-visible { outline: 3px solid; outline-offset: 2px; }
</style>
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
