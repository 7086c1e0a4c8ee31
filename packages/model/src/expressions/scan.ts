import type { Analysis, Reference } from "@capstan/expression";
import { type CheckContext, type Finding, guessHint, report } from "../checks/context.ts";
import type { Severity } from "../diagnostic.ts";
import { type DiagnosticCode, type DiagnosticDefinition, DIAGNOSTICS } from "../diagnostics.ts";
import type { Locate } from "../document/scalar-offset.ts";
import type { Site } from "./sites.ts";

/** One text with what its analysis found. */
export interface Scan {
  readonly site: Site;
  readonly text: string;
  readonly analysis: Analysis;
  /** Those of the analysis, with what the flow asks for before it comes here. */
  readonly references: readonly Reference[];
  readonly locate: Locate;
}

/**
 * Reports something at a stretch of the text, placed where it stands in the document.
 */
export function reportAt(
  context: CheckContext,
  { site, locate }: Scan,
  code: DiagnosticCode,
  stretch: { readonly offset: number; readonly length: number },
  finding: Partial<Pick<Finding, "hint" | "severity">>,
  ...parts: string[]
): void {
  const start = locate(stretch.offset);
  const end = locate(stretch.offset + stretch.length);
  const place = { start, end: Math.max(start, end) };
  const severity = finding.severity ?? severityOf(context, code);
  report(context, code, { place, path: site.path, hint: finding.hint, severity }, ...parts);
}

function severityOf({ strictExpressions }: CheckContext, code: DiagnosticCode): Severity {
  const { severity, relaxed = severity }: DiagnosticDefinition = DIAGNOSTICS[code];
  return strictExpressions ? severity : relaxed;
}

/** Where a mistake is not certain to be met, it is told and not refused. */
export function certainty({ site }: Scan): Severity | undefined {
  return !site.certain || site.scope === "later" ? "warning" : undefined;
}

/**
 * Reports a name that nothing declares. A read that is ready for the absence of its value works, so that it is told only
 * when the name looks like a misspelling.
 */
export function reportUnknown(
  context: CheckContext,
  scan: Scan,
  code: DiagnosticCode,
  reference: Reference,
  name: { readonly written: string; readonly known: Iterable<string>; readonly hint: () => string | undefined },
  ...parts: string[]
): void {
  if (!reference.guarded)
    return reportAt(context, scan, code, reference, { hint: name.hint, severity: certainty(scan) }, ...parts);
  const hint = guessHint(name.written, name.known);
  if (hint !== undefined) reportAt(context, scan, code, reference, { hint, severity: "note" }, ...parts);
}
