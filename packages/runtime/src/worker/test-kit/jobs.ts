import type { JsonMap, Task } from "@capstan/model";
import type { Job } from "../worker.ts";

let made = 0;

export function testTask(type: string, properties: JsonMap = {}, more: Partial<Task> = {}): Task {
  return {
    id: "task",
    type,
    writtenType: type,
    kind: "runnable",
    known: true,
    disabled: false,
    allowFailure: false,
    allowWarning: false,
    logToFile: false,
    properties,
    lists: {},
    ...more,
  };
}

/** A job with a key of its own. */
export function testJob(task: Task, more: Partial<Job> = {}): Job {
  made += 1;
  return {
    key: `main/execution/0/${made}`,
    identity: {
      tenant: "main",
      namespace: "company.team",
      flowId: "my-flow",
      flowRevision: 1,
      executionId: "execution",
      taskId: task.id,
      taskRunId: `run-${made}`,
      attempt: 1,
      idempotencyKey: `run-${made}`,
      attemptKey: `run-${made}-1`,
    },
    taskRunIndex: 0,
    task,
    variables: { flow: { id: "my-flow", namespace: "company.team" } },
    outputs: {},
    ...more,
  };
}
