import type { Language } from '@cordon/contracts';

/**
 * Chinese of any kind is answered in traditional Chinese, everything else in English: the first by quality, then by
 * order, of what Accept-Language (RFC 9110, 12.5.4) names and we have.
 */
export function preferredLanguage(accept: string | undefined): Language {
  if (accept === undefined) return 'en';
  const wishes = accept
    .slice(0, 500)
    .split(',')
    .map((wish) => {
      const [tag = '', ...parameters] = wish.trim().toLowerCase().split(';');
      const q = parameters
        .map((parameter) => /^\s*q=([01](?:\.\d{1,3})?)\s*$/.exec(parameter)?.[1])
        .find(Boolean);
      return { language: languageOf(tag.trim()), q: Number(q ?? 1) };
    })
    .filter(({ language, q }) => language !== undefined && q > 0)
    .sort((a, b) => b.q - a.q);
  return wishes[0]?.language ?? 'en';
}

function languageOf(tag: string): Language | undefined {
  if (/^(?:zh|yue|cmn)(?:-|$)/.test(tag)) return 'zh-Hant';
  return tag === '*' || /^en(?:-|$)/.test(tag) ? 'en' : undefined;
}
