import { join } from "node:path";
import { isPattern } from "@capstan/model";
import { type Scope, scopeOf, Suspension } from "@capstan/expression";
import type { TaskFolders } from "./task-folders.ts";

/** The temporary folder of an attempt: taken when it is first asked for. */
export interface AttemptFolder {
  path(): Promise<string>;
  /** Its path, once it is taken. */
  known(): string | undefined;
  /** Gives it back with all that is in it, unless it is shared. `endedWell`: nothing of the attempt is at work any more. */
  remove(endedWell: boolean): Promise<void>;
}

/** A shared folder is somebody else's to remove. */
export function createAttemptFolder(folders: TaskFolders, shared?: string): AttemptFolder {
  let known = shared;
  return {
    path: async () => (known ??= folders.take()),
    known: () => known,
    remove: async (endedWell) => {
      if (shared === undefined && known !== undefined) await folders.giveBack(known, endedWell);
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
    const known = folder.known();
    if (known === undefined) throw new Suspension(folder.path());
    return known;
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

/**
 * The same with `outputFiles`, as in Kestra: the paths of the files that a task declares by their names. A pattern has none. Names
 * that hold expressions are rendered when they are first asked for.
 */
export function scopeWithFiles(scope: Scope, declared: unknown, render: (text: string) => Promise<string>): Scope {
  if (!Array.isArray(declared)) return scope;
  const written = declared.map(String);
  let names = written.some((name) => name.includes("{{")) ? undefined : written;
  const rendered = async () => (names = await Promise.all(written.map(render)));
  return {
    get: (root) => {
      if (root !== "outputFiles") return scope.get(root);
      if (names === undefined) throw new Suspension(rendered());
      const folder = scope.get("workingDir") as string;
      return Object.fromEntries(names.filter((name) => !isPattern(name)).map((name) => [name, join(folder, name)]));
    },
    keys: () => scope.keys(),
  };
}
