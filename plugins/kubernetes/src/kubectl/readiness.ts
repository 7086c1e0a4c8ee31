import type { Resource } from "./resource.ts";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
}

type Numbers = Readonly<Record<string, number | undefined>>;

/** Whether a resource does what it is there for: nothing where it does, or what it still waits for. Throws nothing. */
export function unreadiness(resource: Resource): string | undefined {
  const { kind, metadata, status } = resource;
  const observed = status?.["observedGeneration"];
  if (typeof observed === "number" && metadata.generation !== undefined && observed < metadata.generation)
    return "its controller has not seen its last change";
  switch (kind) {
    case "Pod":
      return status?.["phase"] === "Succeeded" ? undefined : missing(resource, "Ready");
    case "Job":
      return missing(resource, "Complete");
    case "Deployment":
    case "StatefulSet":
    case "ReplicaSet":
      return missingReplicas(resource);
    case "DaemonSet":
      return missingCopies(resource);
    case "PersistentVolumeClaim":
      return status?.["phase"] === "Bound" ? undefined : `it is ${String(status?.["phase"] ?? "new")}`;
    default:
      return conditionsOf(resource).length === 0
        ? undefined
        : missingAny(resource, ["Ready", "Available", "Established"]);
  }
}

/** What tells that it will never do that. */
export function hopelessness(resource: Resource): string | undefined {
  const failed =
    resource.kind === "Job"
      ? conditionsOf(resource).find(({ type, status }) => type === "Failed" && status === "True")
      : undefined;
  if (failed !== undefined) return explained("it has failed", failed);
  return resource.kind === "Pod" && resource.status?.["phase"] === "Failed" ? "it has failed" : undefined;
}

export function conditionsOf({ status }: Resource): readonly Condition[] {
  const conditions = status?.["conditions"];
  return Array.isArray(conditions) ? (conditions as Condition[]) : [];
}

function missing(resource: Resource, type: string): string | undefined {
  const condition = conditionsOf(resource).find((one) => one.type === type);
  return condition?.status === "True" ? undefined : explained(`it is not ${type}`, condition);
}

/** The first of several conditions that a resource has decides. */
function missingAny(resource: Resource, types: readonly string[]): string | undefined {
  const type = types.find((one) => conditionsOf(resource).some((condition) => condition.type === one));
  return type === undefined ? undefined : missing(resource, type);
}

function explained(what: string, condition: Condition | undefined): string {
  const why = [condition?.reason, condition?.message].filter(Boolean).join(": ");
  return why === "" ? what : `${what} (${why})`;
}

function missingReplicas({ kind, spec, status }: Resource): string | undefined {
  const wanted = Number(spec?.["replicas"] ?? 1);
  const { readyReplicas = 0, updatedReplicas = 0, availableReplicas, replicas = 0 } = (status ?? {}) as Numbers;
  const ready = kind === "Deployment" ? (availableReplicas ?? 0) : readyReplicas;
  if (kind !== "ReplicaSet" && updatedReplicas < wanted)
    return `${updatedReplicas} of ${wanted} replicas are up to date`;
  if (kind === "Deployment" && replicas > updatedReplicas)
    return `${replicas - updatedReplicas} old replicas still run`;
  return ready < wanted ? `${ready} of ${wanted} replicas are ready` : undefined;
}

function missingCopies({ status }: Resource): string | undefined {
  const { desiredNumberScheduled, updatedNumberScheduled = 0, numberAvailable = 0 } = (status ?? {}) as Numbers;
  if (desiredNumberScheduled === undefined) return "it is new";
  const there = Math.min(updatedNumberScheduled, numberAvailable);
  return there < desiredNumberScheduled ? `${there} of ${desiredNumberScheduled} pods are ready` : undefined;
}
