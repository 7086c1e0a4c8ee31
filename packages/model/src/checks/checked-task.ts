import type { TypeDefinition } from "../catalogue.ts";
import type { MapNode } from "../document/source-node.ts";
import type { Task } from "../flow.ts";
import type { Path } from "./context.ts";

/** A task with its place in the document and in the tree. */
export interface CheckedTask {
  readonly task: Task;
  readonly node: MapNode;
  readonly path: Path;
  readonly definition: TypeDefinition | undefined;
  readonly lists: Readonly<Record<string, readonly CheckedTask[]>>;
}

export type CheckedLists = Record<string, readonly CheckedTask[]>;
