import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import { type Scope, scopeOf, Suspension } from "@capstan/expression";

/** The temporary folder of an attempt: made when it is first asked for. */
export interface AttemptFolder {
  path(): Promise<string>;
  /** Its path, once it is made. */
  readonly known: string | undefined;
  /** Removes it with all that is in it, unless it is shared. */
  remove(): Promise<void>;
}

/** `parent` exists. A shared folder is somebody else's to remove. */
export function createAttemptFolder(parent: string, shared?: string): AttemptFolder {
  let made: Promise<string> | undefined;
  let known = shared;
  const make = async () => {
    known ??= await mkdtemp(join(parent, "task-"));
    return known;
  };
  return {
    path: () => (made ??= make()),
    get known() {
      return known;
    },
    remove: async () => {
      if (shared !== undefined || made === undefined) return;
      // Processes that were just killed may still be writing; rm tries again when a folder is not empty after all.
      await rm(await made, { recursive: true, force: true, maxRetries: 3 });
    },
  };
}

/**
 * A scope with `workingDir` and `outputDir` added: the attempt's folder, which is made when an expression asks for it, and a place
 * in it for what a task offers as its output files, which is the task's to make.
 */
export function scopeWithFolder(
  roots: Readonly<Record<string, unknown>>,
  folder: AttemptFolder,
  taskRunId: string,
): Scope {
  const known = () => {
    if (folder.known === undefined) throw new Suspension(folder.path());
    return folder.known;
  };
  const scope = scopeOf(roots);
  return {
    get: (name) => {
      if (name === "workingDir") return known();
      return name === "outputDir" ? join(known(), `.capstan-output-${taskRunId}`) : scope.get(name);
    },
    keys: () => scope.keys(),
  };
}
