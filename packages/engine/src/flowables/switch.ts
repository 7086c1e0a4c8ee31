import { oneLane } from "../blocks/block.ts";
import { renderText } from "../execution/scope.ts";
import { FlowableError, type Flowable } from "./flowable.ts";

/** Runs the tasks of the case that equals its value as text, else its defaults. */
export const switchCase: Flowable = {
  open: (turn, run) => {
    const { task, lists } = run.node;
    const known = run.outputs?.["value"];
    const value = typeof known === "string" ? known : renderText(turn, run, String(task.properties["value"] ?? ""));
    const matched = lists[`cases.${value}`];
    const list = matched ?? lists["defaults"];
    if (list === undefined) throw new FlowableError(`no case equals \`${value}\`, and there are no defaults`);
    return { source: oneLane(list), limit: 1, outputs: { value, defaults: matched === undefined } };
  },
};
