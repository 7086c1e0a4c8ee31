import { containerOf, type Pod, type Terminated } from "./pod.ts";

/** How far a pod is, as its run sees it. */
export type PodState =
  /** Nothing of its own program has begun. `obstacle`: why, where somebody may have to help. */
  | { readonly kind: "pending"; readonly obstacle?: string; readonly isHopeless: boolean }
  | { readonly kind: "running" }
  /** Its program has ended. `reason`: in plain words, where the code does not tell. */
  | Ended
  /** It is over, and how its program ended is not known. */
  | { readonly kind: "lost"; readonly reason: string };

interface Ended {
  readonly kind: "ended";
  readonly exitCode: number;
  readonly reason?: string;
}

/** Waiting that no patience ends. */
const HOPELESS = new Set(["InvalidImageName", "ErrImageNeverPull"]);
/** Waiting in the way of every pod. */
const ORDINARY = new Set(["ContainerCreating", "PodInitializing"]);
/** What a registry says that knows no such image, or not who asks. */
const REFUSED =
  /not found|manifest unknown|does not exist|repository .* not|pull access denied|unauthorized|authentication required|forbidden/i;

/** Reads the state of a pod, whose programs are the containers of those names. */
export function stateOf(pod: Pod, names: readonly string[]): PodState {
  const { status } = pod;
  const states = names.map((name) => containerOf(pod, name)?.state);
  const ends = states.map((state) => state?.terminated).filter((end) => end !== undefined && isFinal(pod, end));
  // A pod is told to fail before its containers end; how they end is not said then.
  if (status?.phase === "Failed" && status.reason !== undefined && ends.some((end) => end?.reason !== "Completed"))
    return { kind: "lost", reason: failureOf(pod) };
  if (ends.length === names.length) return worstEnd(pod, names);
  if (status?.phase === "Failed" || status?.phase === "Succeeded")
    return { kind: "lost", reason: initFailure(pod) ?? failureOf(pod) };
  if (states.some((state) => state?.running !== undefined || state?.terminated !== undefined))
    return { kind: "running" };
  return pendingState(pod);
}

/** Whether the container is not started again. */
function isFinal({ spec, status }: Pod, { exitCode }: Terminated): boolean {
  if (status?.phase === "Failed" || status?.phase === "Succeeded") return true;
  return spec.restartPolicy === "Never" || (spec.restartPolicy === "OnFailure" && exitCode === 0);
}

/** The first that failed, or else the first. */
function worstEnd(pod: Pod, names: readonly string[]): PodState {
  const ends = names.map((name) => endedBy(pod, name, containerOf(pod, name)!.state!.terminated!));
  return ends.find(({ exitCode }) => exitCode !== 0) ?? ends[0]!;
}

function initFailure({ status }: Pod): string | undefined {
  const failed = status?.initContainerStatuses?.find((one) => (one.state?.terminated?.exitCode ?? 0) !== 0);
  if (failed === undefined) return undefined;
  const { exitCode, reason, message } = failed.state!.terminated!;
  const why = [reason, message?.trim()].filter(Boolean).join(": ");
  return `its init container ${failed.name} failed with exit code ${exitCode} (${why})`;
}

const WORDS: Readonly<Record<string, string>> = {
  Evicted: "it was evicted from its node",
  DeadlineExceeded: "it ran longer than its `activeDeadlineSeconds`",
  NodeLost: "its node was lost",
  Terminated: "its node shut down",
  NodeShutdown: "its node shut down",
  EvictionByEvictionAPI: "it was evicted, as when its node is drained",
  DeletionByTaintManager: "its node got a taint that it does not bear, as when a node is lost",
  PreemptionByScheduler: "it had to make room for a pod of higher priority",
  TerminationByKubelet: "its node told it to end",
  DeletionByPodGC: "its node is gone",
  Preempting: "it had to make room for a pod of higher priority",
  OutOfcpu: "its node had no processor left for it",
  OutOfmemory: "its node had no memory left for it",
  OutOfpods: "its node takes no more pods",
  NodeAffinity: "its node no longer fits its affinity",
  UnexpectedAdmissionError: "its node did not take it",
};

function failureOf({ status }: Pod): string {
  const disruption = status?.conditions?.find(({ type, status: is }) => type === "DisruptionTarget" && is === "True");
  const { reason = disruption?.reason, message = disruption?.message } = status ?? {};
  const words = reason === undefined ? "it ended before its program did" : (WORDS[reason] ?? `it failed (${reason})`);
  return message === undefined ? words : `${words}: ${message.trim()}`;
}

/** Why a pod goes away that others have told to end. */
export function disappearance({ status }: Pod): string {
  const target = status?.conditions?.find(({ type, status: is }) => type === "DisruptionTarget" && is === "True");
  if (target === undefined) return "somebody deleted it while it ran";
  const words = WORDS[target.reason ?? ""] ?? `it had to go (${target.reason})`;
  return target.message === undefined ? words : `${words}: ${target.message.trim()}`;
}

/** What a program has that was killed at once. */
const KILLED = 137;

function endedBy(pod: Pod, name: string, { exitCode, reason, message }: Terminated): Ended {
  if (reason === "OOMKilled") {
    const limit = pod.spec.containers.find((container) => container.name === name)?.resources?.limits?.["memory"];
    const of = limit === undefined ? "" : ` of ${limit}`;
    return {
      kind: "ended",
      exitCode: exitCode === 0 ? KILLED : exitCode,
      reason: `it ran out of its memory${of}: give it more by \`resources.limit.memory\``,
    };
  }
  if (reason === "ContainerCannotRun" || reason === "StartError" || reason === "ContainerStatusUnknown")
    return { kind: "ended", exitCode, reason: `its program did not start: ${message?.trim() ?? reason}` };
  return { kind: "ended", exitCode, ...(message !== undefined && message !== "" && { reason: message.trim() }) };
}

function pendingState({ status }: Pod): PodState {
  const waiting = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
    .map(({ state }) => state?.waiting)
    .find((one) => one?.reason !== undefined && !ORDINARY.has(one.reason));
  if (waiting !== undefined) {
    const { reason = "", message = "" } = waiting;
    const isImage = /Image/.test(reason);
    return {
      kind: "pending",
      obstacle: `${isImage ? "its image can't be pulled" : "its container does not start"} (${reason}${message === "" ? "" : `: ${message}`})`,
      isHopeless: HOPELESS.has(reason) || (isImage && REFUSED.test(message)),
    };
  }
  const scheduled = status?.conditions?.find(({ type }) => type === "PodScheduled");
  if (scheduled?.status === "False" && scheduled.reason === "Unschedulable")
    return { kind: "pending", obstacle: `no node takes it: ${scheduled.message ?? ""}`, isHopeless: false };
  return { kind: "pending", isHopeless: false };
}
