import { create } from 'qrcode';

/** Light modules around the picture, which readers need (ISO/IEC 18004). */
const QUIET = 4;

/** A QR code as a data: URL of an SVG image: dark on light whatever the page's colours are. */
export function toDataURL(text: string): string {
  const { modules } = create(text, { errorCorrectionLevel: 'M' });
  const { size } = modules;
  const side = size + 2 * QUIET;
  const path: string[] = [];
  for (let y = 0; y < size; y += 1) {
    for (let x = 0; x < size; x += 1) {
      if (modules.get(y, x)) path.push(`M${x + QUIET} ${y + QUIET}h1v1h-1z`);
    }
  }
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${side} ${side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h${side}v${side}H0z"/><path d="${path.join('')}"/></svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}
