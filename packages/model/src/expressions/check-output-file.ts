import type { Reference } from "@capstan/expression";
import type { TypeDefinition } from "../catalogue.ts";
import { type CheckContext, nameHint } from "../checks/context.ts";
import { shapeOf } from "../checks/schema-shape.ts";
import type { JsonValue } from "../flow.ts";
import { isPattern, matchesGlob, REGEX_PREFIX } from "./globs.ts";
import type { TaskPlacement } from "./placement.ts";
import { certainty, reportAt, reportUnknown, type Scan } from "./scan.ts";

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

/** `outputFiles.x` is where the task at hand is to write a file that it declares by its name. */
export function checkFilePath(context: CheckContext, scan: Scan, reference: Reference): void {
  const { task, certain } = scan.site;
  if (reference.guarded || !certain) return;
  const name = reference.path[1];
  const shown = typeof name === "string" ? name : "name";
  const { properties = {} } = task?.task ?? {};
  const isThere = task?.definition !== undefined && declares(task.definition);
  // Others than those that run commands make of their files what they like.
  if (isThere && !keepsOnlyDeclaredFiles(properties)) return;
  const globs = isThere ? declaredGlobs(properties["outputFiles"]) : [];
  if (globs === undefined) return;
  if (globs.length === 0) {
    const hint = isThere ? `add \`outputFiles: ["${shown}"]\`` : undefined;
    const finding = { hint, severity: certainty(scan) };
    const reason = "it belongs to a task that declares its `outputFiles`";
    return reportAt(context, scan, "variable-not-here", reference, finding, "outputFiles", reason);
  }
  const names = globs.filter((glob) => !isPattern(glob));
  if (typeof name !== "string" || names.includes(name)) return;
  const pattern = globs.find((glob) => isPattern(glob) && matchesGlob(name, glob));
  const byName = `add "${name}" to \`outputFiles\`: the pattern "${pattern}" has no path of its own`;
  const hint = () => (pattern === undefined ? nameHint(name, names) : byName);
  reportUnknown(context, scan, "unknown-field", reference, { written: name, known: names, hint }, "outputFiles", name);
}

function declares({ properties }: TypeDefinition): boolean {
  const shape = shapeOf(properties);
  return shape.kind !== "object" || shape.open || "outputFiles" in shape.properties;
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
