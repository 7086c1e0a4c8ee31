import type { QueuePlace } from "../flow-control/fair-queue.ts";
import type { Job, TriggerJob } from "./worker.ts";

/** Where a job stands in queues: its priority, and tenants and namespaces take turns. */
export function jobPlace(
  job: Pick<Job, "identity" | "priority"> | Pick<TriggerJob, "identity">,
): Omit<QueuePlace, "arrival"> {
  const { tenant, namespace } = job.identity;
  return { priority: ("priority" in job ? job.priority : undefined) ?? 0, path: [tenant, namespace] };
}
