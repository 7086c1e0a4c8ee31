import { TEST_OWNER } from "@capstan/sdk/test-kit";
import { expect, test } from "vitest";
import { ownerLabels, podName } from "./pod-name.ts";

const NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const LABEL = /^([a-z0-9]([-\w.]*[a-z0-9])?)?$/i;

test.each([
  [{}, /^nightly-copy-[\da-f]{16}$/],
  [{ flowId: "My_Flow.2", taskId: "Größe" }, /^my-flow-2-gr-e-[\da-f]{16}$/],
  [{ flowId: "f".repeat(100) }, /^f{46}-[\da-f]{16}$/],
  [{ flowId: "_", taskId: "-" }, /^command-[\da-f]{16}$/],
])("the pod of %j has a name that Kubernetes takes", (owner, name) => {
  const made = podName({ ...TEST_OWNER, ...owner });
  expect(made).toMatch(name);
  expect(made).toMatch(NAME);
  expect(made.length).toBeLessThanOrEqual(63);
});

test("names are those of their commands: the same for one, others for others", () => {
  expect(podName(TEST_OWNER)).toBe(podName({ ...TEST_OWNER }));
  expect(podName(TEST_OWNER)).not.toBe(podName({ ...TEST_OWNER, key: "another" }));
});

test("labels have values that Kubernetes takes", () => {
  const labels = ownerLabels({ ...TEST_OWNER, flowId: `-${"ö".repeat(5)}${"x".repeat(80)}`, taskId: "_" });
  for (const value of Object.values(labels)) {
    expect(value).toMatch(LABEL);
    expect(value.length).toBeLessThanOrEqual(63);
  }
  expect(labels["kestra.io/task-id"]).toBe("");
});
