import { styleText } from "node:util";
import type { ExecutionAnswer } from "@capstan/api";
import { createLineView } from "./line-view.ts";
import { treeLines } from "./run-tree.ts";
import type { Paint, RunView, ViewOutput } from "./run-view.ts";
import { createTreeView } from "./tree-view.ts";
import { summaryOf } from "./wording.ts";

/** A tree that redraws itself on a terminal; elsewhere, and where CI is set, one line for each task run that ends. */
export function createRunView(output: ViewOutput & NodeJS.WritableStream, isPlain = false): RunView {
  const paint = paintFor(output);
  return output.isTTY === true && !isPlain ? createTreeView(output, paint) : createLineView(output, paint);
}

/** Paints only where the stream can show colours and the environment does not forbid them. */
export function paintFor(output: NodeJS.WritableStream): Paint {
  return (format, text) => styleText(format, text, { stream: output });
}

/** The whole tree of an execution as it is at this moment, and its state. */
export function formatExecution(execution: ExecutionAnswer, output: ViewOutput & NodeJS.WritableStream): string {
  const paint = paintFor(output);
  const now = Date.now();
  const lines = treeLines(execution, { columns: output.columns || 120 }, paint, now);
  return `${lines.map((line) => `${line}\n`).join("")}${summaryOf(execution, paint, now)}`;
}
