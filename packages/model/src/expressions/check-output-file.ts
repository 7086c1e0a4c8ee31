import type { Reference } from "@capstan/expression";
import type { CheckContext } from "../checks/context.ts";
import type { JsonValue } from "../flow.ts";
import { matchesGlob, REGEX_PREFIX } from "./globs.ts";
import type { TaskPlacement } from "./placement.ts";
import { reportAt, type Scan } from "./scan.ts";

/** Tells when `outputs.x.outputFiles['f']` is read but the task `x` keeps no file of that name. */
export function checkOutputFile(
  context: CheckContext,
  scan: Scan,
  target: TaskPlacement,
  reference: Reference,
  file: Reference["path"][number] | undefined,
): void {
  const { id, properties } = target.checked.task;
  if (!keepsOnlyDeclaredFiles(properties)) return;
  const globs = declaredGlobs(properties["outputFiles"]);
  if (globs === undefined) return;
  const name = typeof file === "string" ? file : undefined;
  if (name === undefined ? globs.length > 0 : globs.some((glob) => matchesGlob(name, glob))) return;
  const shown = name ?? "*";
  const remedy = `write the file to the task's working directory and add \`outputFiles: ["${shown}"]\` to task "${id}"`;
  reportAt(context, scan, "output-file-not-declared", reference, { hint: remedy }, id, shown);
}

/** Tasks that run commands keep exactly the files they declare; other tasks name their files themselves. */
function keepsOnlyDeclaredFiles(properties: Readonly<Record<string, JsonValue>>): boolean {
  const runsCommands = "commands" in properties || "script" in properties;
  const older = ["outputDirectory", "runner", "outputDirs", "outputsFiles", "files"].some((key) => key in properties);
  return runsCommands && !older;
}

function declaredGlobs(written: JsonValue | undefined): readonly string[] | undefined {
  if (written === undefined) return [];
  if (!Array.isArray(written)) return undefined;
  const globs = (written as readonly JsonValue[]).map(String);
  return globs.some((glob) => glob.includes("{{") || glob.startsWith(REGEX_PREFIX)) ? undefined : globs;
}
