import { styleText } from "node:util";
import { checkFlow, type Diagnostic, formatDiagnostic } from "@capstan/model";
import { installedCatalogue } from "../catalogue.ts";
import { readFlowFiles } from "../flow-files.ts";

export interface ValidatePathsOptions {
  readonly json?: boolean;
}

/** Checks flows; 1 when one of them has an error. */
export async function validatePaths(paths: readonly string[], options: ValidatePathsOptions): Promise<number> {
  const catalogue = installedCatalogue();
  const files = await readFlowFiles(paths);
  const results = files.map(({ path, source }) => ({ path, diagnostics: checkFlow(source, catalogue).diagnostics }));
  const all = results.flatMap(({ diagnostics }) => diagnostics);
  const errors = all.filter(({ severity }) => severity === "error").length;
  const warnings = all.filter(({ severity }) => severity === "warning").length;
  if (options.json === true) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
  else {
    for (const { path, diagnostics } of results)
      for (const diagnostic of diagnostics) process.stdout.write(`${coloured(path, diagnostic)}\n`);
    process.stdout.write(
      `${plural(files.length, "flow")}, ${plural(errors, "error")}, ${plural(warnings, "warning")}\n`,
    );
  }
  return errors === 0 ? 0 : 1;
}

function coloured(path: string, diagnostic: Diagnostic): string {
  const colour = diagnostic.severity === "error" ? "red" : diagnostic.severity === "warning" ? "yellow" : "dim";
  return styleText(colour, formatDiagnostic(path, diagnostic), { stream: process.stdout });
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
