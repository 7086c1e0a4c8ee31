/** What a search answers, as far as it is used. */
export interface SearchAnswer {
  readonly _scroll_id?: string;
  readonly hits: {
    /** Older servers write a number. */
    readonly total?: number | { readonly value: number };
    readonly hits: readonly { readonly _source?: Readonly<Record<string, unknown>> }[];
  };
}

/** The documents of a page. A hit without one (`_source: false`) is an empty row. */
export function rowsOf({ hits }: SearchAnswer): readonly Readonly<Record<string, unknown>>[] {
  return hits.hits.map(({ _source: source = {} }) => source);
}

/** How many documents match, of which a page may show less; undefined where the server was told not to count. */
export function totalOf({ hits }: SearchAnswer): number | undefined {
  return typeof hits.total === "number" ? hits.total : hits.total?.value;
}
