import { cloudEventsView } from './cloudevents.js';
import { csvView } from './csv.js';
import { ocelView } from './ocel.js';
import { ocsfView } from './ocsf.js';
import type { HistoryView } from './record.js';
import { xesView } from './xes.js';

/** Every derived view of a bundle, by path. */
export const historyViews: readonly HistoryView[] = [cloudEventsView, ocelView, xesView, ocsfView, csvView];
