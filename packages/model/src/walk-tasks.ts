import type { Flow, Task } from "./flow.ts";

export interface VisitedTask {
  readonly task: Task;
  /** Such as `tasks[0].cases.high[1]`. */
  readonly path: string;
  /** Name of the list it stands in. */
  readonly list: string;
  readonly parent: Task | undefined;
}

/** Every task of a flow, or inside a task, in document order; parents come before their children. */
export function* walkTasks(root: Flow | Task): Iterable<VisitedTask> {
  if ("lists" in root) {
    yield* walkLists(root.lists, root, "");
    return;
  }
  const { tasks, errors, finally: last, afterExecution } = root;
  yield* walkLists({ tasks, errors, finally: last, afterExecution }, undefined, "");
  for (const [index, listener] of root.listeners.entries())
    yield* walkLists({ tasks: listener.tasks }, undefined, `listeners[${index}].`);
}

function* walkLists(
  lists: Readonly<Record<string, readonly Task[]>>,
  parent: Task | undefined,
  prefix: string,
): Iterable<VisitedTask> {
  for (const [list, tasks] of Object.entries(lists)) {
    for (const [index, task] of tasks.entries()) {
      const path = `${prefix}${list}[${index}]`;
      yield { task, path, list, parent };
      yield* walkLists(task.lists, task, `${path}.`);
    }
  }
}
