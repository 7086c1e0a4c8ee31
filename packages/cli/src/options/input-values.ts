import { readFile } from "node:fs/promises";
import { nearest } from "@capstan/model";
import type { Assignment } from "./assignments.ts";
import { Mistake } from "../mistake.ts";
import { unreadableReason } from "../unreadable.ts";

/** Throws `Mistake` that names every input the flow does not have, with the nearest one it has. */
export function checkInputNames(flowId: string, known: readonly string[], inputs: readonly Assignment[]): void {
  const problems = inputs
    .filter(({ key }) => !known.includes(key))
    .map(({ key }) => {
      const guess = nearest(key, known);
      const hint = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
      return `unknown-input the flow ${flowId} has no input "${key}" — ${guess === undefined ? hint : `did you mean "${guess}"?`}`;
    });
  if (problems.length > 0) throw new Mistake(problems.join("\n"));
}

/** The file that an assignment names: `@path`, or for an input of type FILE the bare path as well. */
export function pathOf({ value }: Assignment, isFile: boolean): string | undefined {
  if (value.startsWith("@")) return value.slice(1);
  return isFile ? value : undefined;
}

/** Throws `Mistake` when there is no such file. */
export async function readInput(key: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new Mistake(`--input ${key}: ${path}: ${unreadableReason(error)}`, { cause: error });
  }
}
