import { createMasking } from "@capstan/engine";
import { withFloats } from "@capstan/expression";
import { runAttempt } from "./attempt/attempt.ts";
import { runGroup } from "./group/group.ts";
import { OutputsMap } from "./attempt/outputs-map.ts";
import type { AttemptPlatform } from "./platform.ts";
import type { Job, JobResult } from "./worker.ts";

/** Runs a job, a single task or a group, to its end. Never rejects. `newId` makes ids of task runs. */
export function runJob(
  given: Job,
  platform: AttemptPlatform,
  kill: AbortSignal,
  newId: () => string,
): Promise<JobResult> {
  const { variables, outputs: carried } = withFloats(
    { variables: given.variables, outputs: given.outputs },
    given.floats ?? [],
  );
  const job: Job = { ...given, variables, outputs: carried };
  const masking = createMasking(job.secrets);
  const outputs = new OutputsMap(job.outputs, (path) => platform.host.lookup(job.key, path));
  if (job.group !== undefined) return runGroup({ job, children: job.group, outputs, masking, newId }, platform, kill);
  const { key, identity, task } = job;
  return runAttempt({ key, identity, task, variables, outputs, masking }, platform, kill);
}
