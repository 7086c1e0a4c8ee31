import { type Catalogue, checkFlow, type Task } from "@capstan/model";
import { TaskFailure } from "@capstan/sdk";

export const TEMPLATED_TASK = "io.kestra.plugin.core.templating.TemplatedTask";

/**
 * The task that a TemplatedTask stands for, read from its rendered `spec`. It goes by the id of the TemplatedTask. Throws
 * `TaskFailure` with everything that is wrong with the text.
 */
export function taskOfSpec(spec: string, { id }: Task, catalogue: Catalogue): Task {
  const written = /^["']?id["']?\s*:/m.test(spec) || spec.trimStart().startsWith("{") ? spec : `id: ${id}\n${spec}`;
  const source = `id: spec\nnamespace: spec\ntasks:\n  -\n${written.replace(/^/gm, "    ")}`;
  const { flow, diagnostics } = checkFlow(source, catalogue);
  const task = flow?.tasks[0];
  const problems = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message);
  if (task === undefined || problems.length > 0)
    throw new TaskFailure(`the rendered spec is no task: ${problems.join(", ")}`);
  if (task.kind !== "runnable" || task.type === TEMPLATED_TASK)
    throw new TaskFailure(`the rendered spec must be of a task that runs on a worker, not of ${task.writtenType}`);
  return { ...task, id };
}
