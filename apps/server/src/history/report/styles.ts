/** A4 in points. */
export const PAGE = { width: 595.28, height: 841.89 } as const;
export const MARGIN = { top: 64, bottom: 64, left: 56, right: 56 } as const;

export type Style =
  | 'title'
  | 'subtitle'
  | 'heading'
  | 'body'
  | 'strong'
  | 'small'
  | 'label'
  | 'quote'
  | 'warning'
  | 'code'
  | 'foot'
  | 'mark'
  | 'watermark';

interface Look {
  readonly font: 'regular' | 'bold';
  readonly size: number;
  readonly color: string;
}

/** Grey is dark enough for 7:1 against white wherever it is read. */
export const STYLES: Readonly<Record<Style, Look>> = {
  title: { font: 'bold', size: 24, color: '#111111' },
  subtitle: { font: 'regular', size: 12, color: '#444444' },
  heading: { font: 'bold', size: 14, color: '#111111' },
  body: { font: 'regular', size: 9.5, color: '#111111' },
  strong: { font: 'bold', size: 9.5, color: '#111111' },
  small: { font: 'regular', size: 8, color: '#444444' },
  label: { font: 'bold', size: 9.5, color: '#444444' },
  quote: { font: 'regular', size: 9.5, color: '#333333' },
  warning: { font: 'bold', size: 9.5, color: '#8a1c1c' },
  code: { font: 'regular', size: 8, color: '#111111' },
  foot: { font: 'regular', size: 7.5, color: '#555555' },
  mark: { font: 'bold', size: 12, color: '#ffffff' },
  watermark: { font: 'bold', size: 110, color: '#f1e3e3' },
};

/** Colours of the Traffic Light Protocol 2.0 (FIRST), each on black. */
export const TLP_COLORS: Readonly<Record<string, string>> = {
  clear: '#ffffff',
  green: '#33ff00',
  amber: '#ffc000',
  'amber+strict': '#ffc000',
  red: '#ff2b2b',
};
