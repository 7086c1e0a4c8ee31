import type { ExecutionAnswer, StateAnswer, TaskRunAnswer } from "@capstan/api";

const AT = "2026-01-02T03:04:05.000Z";
const LATER = "2026-01-02T03:04:06.500Z";

type State = StateAnswer["current"];

function stateOf(current: State) {
  const end = current === "RUNNING" ? {} : { endDate: LATER };
  return { current, histories: [{ state: current, date: AT }], startDate: AT, duration: "PT1.5S", ...end };
}

/** A task run that took 1.5 seconds, or runs. */
export function taskRun(taskId: string, current: State, more: Partial<TaskRunAnswer> = {}): TaskRunAnswer {
  const names = { executionId: "e", tenantId: "main", namespace: "n", flowId: "f" };
  return { id: `run-${taskId}`, ...names, taskId, attempts: [], state: stateOf(current), ...more };
}

/** An execution of the flow n.f with these task runs. */
export function execution(current: State, taskRunList: TaskRunAnswer[]): ExecutionAnswer {
  return {
    id: "e",
    tenantId: "main",
    namespace: "n",
    flowId: "f",
    flowRevision: 1,
    inputs: {},
    labels: [],
    variables: {},
    taskRunList,
    state: stateOf(current),
    originalId: "e",
    deleted: false,
    metadata: { attemptNumber: 1, originalCreatedDate: AT },
  };
}
