import { styleText } from "node:util";
import { checkFlow, type Diagnostic, formatDiagnostic } from "@capstan/model";
import { configuredCatalogue } from "../third-party/configured-catalogue.ts";
import { decodeFlowFile, findFlowFiles, otherThanFlow } from "../flow-files.ts";
import { Mistake } from "../mistake.ts";

export interface ValidatePathsOptions {
  readonly json?: boolean;
  readonly strict?: boolean;
  readonly config?: string;
}

/** What `--json` prints for each file, in a list. */
interface Result {
  readonly path: string;
  /** In the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Checks flows; 1 when one of them has an error, 2 when a file can't be read. */
export async function validatePaths(paths: readonly string[], options: ValidatePathsOptions): Promise<number> {
  const { catalogue } = await configuredCatalogue(options.config);
  const results: Result[] = [];
  let isUnreadable = false;
  for (const found of await findFlowFiles(paths)) {
    const { path } = found;
    const decoded = await decodeFlowFile(path).catch(tellUnreadable);
    if (decoded === undefined) {
      isUnreadable = true;
      continue;
    }
    const other = "diagnostic" in decoded ? undefined : otherThanFlow(found, decoded.source);
    if (other !== undefined) {
      process.stderr.write(`${other}\n`);
      continue;
    }
    const diagnostics =
      "diagnostic" in decoded
        ? [decoded.diagnostic]
        : checkFlow(decoded.source, catalogue, { strictExpressions: options.strict === true }).diagnostics;
    results.push({ path, diagnostics });
  }
  const errors = count(results, "error");
  if (options.json === true) process.stdout.write(`${JSON.stringify(results, undefined, 2)}\n`);
  else process.stdout.write(`${report(results)}${summary(results.length, errors, count(results, "warning"))}\n`);
  return isUnreadable ? 2 : errors === 0 ? 0 : 1;
}

function tellUnreadable(error: unknown): undefined {
  if (!(error instanceof Mistake)) throw error;
  process.stderr.write(`${error.message}\n`);
}

function count(results: readonly Result[], wanted: Diagnostic["severity"]): number {
  return results.reduce(
    (sum, { diagnostics }) => sum + diagnostics.filter(({ severity }) => severity === wanted).length,
    0,
  );
}

function report(results: readonly Result[]): string {
  const lines = results.flatMap(({ path, diagnostics }) => diagnostics.map((one) => `${coloured(path, one)}\n`));
  return lines.join("");
}

function coloured(path: string, diagnostic: Diagnostic): string {
  const colour = diagnostic.severity === "error" ? "red" : diagnostic.severity === "warning" ? "yellow" : "dim";
  return styleText(colour, formatDiagnostic(path, diagnostic), { stream: process.stdout });
}

function summary(files: number, errors: number, warnings: number): string {
  return `${plural(files, "flow")}, ${plural(errors, "error")}, ${plural(warnings, "warning")}`;
}

function plural(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
