import { type TaskContext, TaskFailure } from "@capstan/sdk";
import type { Tool } from "../any-model/tool.ts";
import { type Element, type ElementKind, madeOf } from "../element.ts";
import type { Toolset } from "./tool-kind.ts";

/** Opens the tools of a conversation, and closes them when `use` has ended. Throws `TaskFailure` for two tools of one name. */
export async function withTools<Result>(
  context: TaskContext<unknown>,
  kinds: readonly ElementKind<Toolset>[],
  written: readonly Element[],
  use: (tools: readonly Tool[]) => Promise<Result>,
): Promise<Result> {
  await using open = new AsyncDisposableStack();
  const tools: Tool[] = [];
  for (const each of written) {
    const { tools: more, close } = await madeOf(context, kinds, each);
    if (close !== undefined) open.defer(close);
    tools.push(...more);
  }
  const names = tools.map(({ spec }) => spec.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined)
    throw new TaskFailure(`Two of the tools have the name "${twice}", so a model could not tell them apart.`);
  return await use(tools);
}
