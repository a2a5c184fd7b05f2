/** Sizes of type, in one place: measuring and drawing must agree. No text is smaller than 11 px. */
import type { FaceName } from './geometry.js';
import type { Face } from './measure.js';

/** A face as it is set in lines. */
export interface SetFace extends Face {
  /** From one baseline to the next. */
  readonly leading: number;
}

/** Every face that a drawing uses. */
export const FACES: Readonly<Record<FaceName, SetFace>> = {
  head: { size: 22, leading: 30, bold: true },
  band: { size: 15, leading: 21, bold: true },
  title: { size: 13, leading: 18, bold: true },
  kind: { size: 11, leading: 15 },
  small: { size: 12, leading: 17 },
  muted: { size: 12, leading: 17 },
  strong: { size: 11.5, leading: 16, bold: true },
  tag: { size: 11, leading: 15 },
  status: { size: 11.5, leading: 16, bold: true },
  fork: { size: 11, leading: 15, bold: true },
};
