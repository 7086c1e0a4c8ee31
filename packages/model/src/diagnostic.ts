/** A place in a source text; line and column count from 1, offset from 0. */
export interface Position {
  readonly line: number;
  readonly column: number;
  readonly offset: number;
}

export interface Range {
  readonly start: Position;
  readonly end: Position;
}

/** `error` refuses the flow; `warning` stores it and tells; `note` only informs. */
export type Severity = "error" | "warning" | "note";

/** A mistake of the user, as data: what is wrong, where, and what to do. */
export interface Diagnostic {
  /** Permanent code, listed in `diagnostics.ts`. */
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly hint?: string;
  /** Where in the document, such as `tasks[0].retry.interval`. */
  readonly path: string;
  readonly range: Range;
}

/** `flow.yaml:12:11 unknown-type unknown task type "…" — did you mean "…"?` */
export function formatDiagnostic(file: string, diagnostic: Diagnostic): string {
  const { line, column } = diagnostic.range.start;
  const hint = diagnostic.hint === undefined ? "" : ` — ${diagnostic.hint}`;
  const severity = diagnostic.severity === "error" ? "" : `${diagnostic.severity}: `;
  return `${file}:${line}:${column} ${diagnostic.code} ${severity}${diagnostic.message}${hint}`;
}
