import { checkFlow, type CheckOptions } from "../check-flow.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Flow } from "../flow.ts";
import { permissiveCatalogue } from "./permissive-catalogue.ts";

const catalogue = permissiveCatalogue();

/** Everything found in a source, as `line:column code severity`. */
export function findings(source: string, options?: CheckOptions): string[] {
  return checkFlow(source, catalogue, options).diagnostics.map(
    ({ code, severity, range }) => `${range.start.line}:${range.start.column} ${code} ${severity}`,
  );
}

/** The only diagnostic with this code; fails when there is none or more than one. */
export function theOnly(code: string, source: string, options?: CheckOptions): Diagnostic {
  const matching = checkFlow(source, catalogue, options).diagnostics.filter((diagnostic) => diagnostic.code === code);
  if (matching.length !== 1) throw new Error(`${matching.length} diagnostics with code ${code}`);
  return matching[0]!;
}

/** The checked flow; fails when it is refused. */
export function accepted(source: string, options?: CheckOptions): Flow {
  const { flow, diagnostics } = checkFlow(source, catalogue, options);
  if (flow === undefined) throw new Error(`refused: ${diagnostics.map(({ message }) => message).join("; ")}`);
  return flow;
}

/** A flow of one Log task with more sections in front of it; those begin in line 3. */
export function flowWith(sections: string): string {
  return `id: a\nnamespace: b\n${sections.trimEnd()}\ntasks:\n  - {id: log, type: io.kestra.plugin.core.log.Log, message: hi}\n`;
}

/** A flow with these tasks; the list begins in line 4. */
export function flowOf(tasks: string): string {
  return `id: a\nnamespace: b\ntasks:\n${tasks.replace(/^\n/, "").trimEnd()}\n`;
}
