/** What is found in a document, and where. */

export type Path = readonly (string | number)[];
export interface Issue {
  readonly path: Path;
  readonly message: string;
  /** An error, unless it says otherwise. */
  readonly severity?: 'warning';
}
