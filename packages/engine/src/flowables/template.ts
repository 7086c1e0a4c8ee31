import { renderText } from "../execution/scope.ts";
import { FlowableError, type Flowable } from "./flowable.ts";

/** Runs a stored template. Nobody can store one here, so none is ever found. */
export const template: Flowable = {
  open: (turn, run) => {
    const { namespace, templateId } = run.node.task.properties;
    const name = [namespace, templateId].map((part) => renderText(turn, run, String(part))).join(".");
    throw new FlowableError(`templates are not kept here, call a subflow instead: Can't find flow template '${name}'`);
  },
};
