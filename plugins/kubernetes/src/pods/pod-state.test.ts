import { expect, test } from "vitest";
import type { ContainerStatus, Pod, PodStatus } from "./pod.ts";
import { disappearance, stateOf } from "./pod-state.ts";

const NAMES = ["main"];

function pod(status: PodStatus, restartPolicy = "Never"): Pod {
  const containers = [{ name: "main", resources: { limits: { memory: "64Mi" } } }];
  return { metadata: { name: "p" }, spec: { restartPolicy, containers }, status };
}

const main = (state: ContainerStatus["state"]): PodStatus => ({
  containerStatuses: [{ name: "main", ...(state && { state }) }],
});
const ended = (exitCode: number, rest = {}) =>
  main({ terminated: { exitCode, reason: exitCode === 0 ? "Completed" : "Error", ...rest } });

test.each([
  ["nothing is known yet", {}, { kind: "pending", isHopeless: false }],
  ["its container is made", main({ waiting: { reason: "ContainerCreating" } }), { kind: "pending", isHopeless: false }],
  ["it runs", main({ running: {} }), { kind: "running" }],
  ["it has ended well", ended(0), { kind: "ended", exitCode: 0 }],
  ["it has failed", ended(3), { kind: "ended", exitCode: 3 }],
  ["it says why it failed", ended(3, { message: "no space\n" }), { kind: "ended", exitCode: 3, reason: "no space" }],
  [
    "its memory ran out",
    ended(137, { reason: "OOMKilled" }),
    {
      kind: "ended",
      exitCode: 137,
      reason: "it ran out of its memory of 64Mi: give it more by `resources.limit.memory`",
    },
  ],
  [
    "its memory ran out in a part of it, and it ended well all the same",
    ended(0, { reason: "OOMKilled" }),
    { kind: "ended", exitCode: 137, reason: expect.stringContaining("memory of 64Mi") },
  ],
  [
    "it was evicted while it ran",
    { phase: "Failed", reason: "Evicted", message: "The node was low on resource: memory. ", ...ended(137) },
    { kind: "lost", reason: "it was evicted from its node: The node was low on resource: memory." },
  ],
  [
    "it was evicted before it ran",
    { phase: "Failed", reason: "Evicted" },
    { kind: "lost", reason: "it was evicted from its node" },
  ],
  [
    "its node was drained, right after it had ended well",
    { phase: "Failed", reason: "Terminated", ...ended(0) },
    { kind: "ended", exitCode: 0 },
  ],
  [
    "its node went away",
    {
      phase: "Failed",
      conditions: [
        { type: "DisruptionTarget", status: "True", reason: "DeletionByTaintManager", message: "node unreachable" },
      ],
    },
    { kind: "lost", reason: "its node got a taint that it does not bear, as when a node is lost: node unreachable" },
  ],
  [
    "its time is over",
    { phase: "Failed", reason: "DeadlineExceeded" },
    { kind: "lost", reason: "it ran longer than its `activeDeadlineSeconds`" },
  ],
  [
    "its files were not carried in",
    {
      phase: "Failed",
      initContainerStatuses: [
        { name: "in", state: { terminated: { exitCode: 2, reason: "Error", message: "no tar" } } },
      ],
    },
    { kind: "lost", reason: "its init container in failed with exit code 2 (Error: no tar)" },
  ],
  [
    "its image is not there",
    main({ waiting: { reason: "ErrImagePull", message: 'failed to pull "x": manifest unknown' } }),
    {
      kind: "pending",
      isHopeless: true,
      obstacle: `its image can't be pulled (ErrImagePull: failed to pull "x": manifest unknown)`,
    },
  ],
  [
    "its registry does not answer",
    main({ waiting: { reason: "ImagePullBackOff", message: "dial tcp: connection refused" } }),
    {
      kind: "pending",
      isHopeless: false,
      obstacle: "its image can't be pulled (ImagePullBackOff: dial tcp: connection refused)",
    },
  ],
  [
    "no node has room",
    { conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/1 nodes" }] },
    { kind: "pending", isHopeless: false, obstacle: "no node takes it: 0/1 nodes" },
  ],
])("a pod of which %s", (_name, status: PodStatus, state) => {
  expect(stateOf(pod(status), NAMES)).toEqual(state);
});

test.each([
  ["OnFailure", 1, "running"],
  ["OnFailure", 0, "ended"],
  ["Always", 0, "running"],
])("with the restart policy %s a container that ended with %i is %s", (policy, exitCode, kind) => {
  expect(stateOf(pod(ended(exitCode), policy), NAMES).kind).toBe(kind);
});

test.each([
  [[], "somebody deleted it while it ran"],
  [
    [{ type: "DisruptionTarget", status: "True", reason: "EvictionByEvictionAPI", message: "Eviction API: evicting" }],
    "it was evicted, as when its node is drained: Eviction API: evicting",
  ],
  [[{ type: "DisruptionTarget", status: "True", reason: "Another" }], "it had to go (Another)"],
])("a pod with the conditions %j goes away because %s", (conditions, reason) => {
  expect(disappearance(pod({ conditions }))).toBe(reason);
});
