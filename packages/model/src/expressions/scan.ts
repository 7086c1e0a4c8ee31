import type { Analysis } from "@capstan/expression";
import { type CheckContext, type Finding, report } from "../checks/context.ts";
import type { Severity } from "../diagnostic.ts";
import { DIAGNOSTICS, type DiagnosticCode } from "../diagnostics.ts";
import { sourceOffset } from "../document/scalar-offset.ts";
import type { Site } from "./sites.ts";

/** One text with what its analysis found. */
export interface Scan {
  readonly site: Site;
  readonly text: string;
  readonly analysis: Analysis;
}

/** Spellings that newer versions of the language refuse when a flow is saved, not when it runs. */
const REFUSED_WHEN_SAVED: ReadonlySet<DiagnosticCode> = new Set(["dash-reference"]);

/**
 * Reports something at a stretch of the text, placed where it stands in the document. An expression that can't work is a
 * warning: the flow may run well without ever reaching it. In strict checks it is an error.
 */
export function reportAt(
  context: CheckContext,
  { site }: Scan,
  code: DiagnosticCode,
  stretch: { readonly offset: number; readonly length: number },
  finding: Partial<Pick<Finding, "hint" | "severity">>,
  ...parts: string[]
): void {
  const { source } = context;
  const start = sourceOffset(source, site.scalar, stretch.offset);
  const end = sourceOffset(source, site.scalar, stretch.offset + stretch.length);
  const place = { start, end: Math.max(start, end) };
  const severity = finding.severity ?? severityOf(context, code);
  report(context, code, { place, path: site.path, hint: finding.hint, severity }, ...parts);
}

function severityOf({ strictExpressions }: CheckContext, code: DiagnosticCode): Severity {
  const { severity } = DIAGNOSTICS[code];
  return severity === "error" && !strictExpressions && !REFUSED_WHEN_SAVED.has(code) ? "warning" : severity;
}
