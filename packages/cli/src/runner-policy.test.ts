import { expect, test } from "vitest";
import { runnerPolicyOf } from "./runner-policy.ts";
import { temporaryFiles } from "./testing/run-command.ts";

const policyOf = (unnamed: "auto" | "docker" | "process", environment: Record<string, string>, socket: string) =>
  runnerPolicyOf({ taskRunners: { docker: "docker", default: unnamed } }, environment, socket).default;

test("tasks that name no runner get a container where the machine has an engine", async () => {
  const path = await temporaryFiles({ "docker.sock": "" });
  expect(policyOf("auto", {}, path("docker.sock"))).toBe("docker");
  expect(policyOf("auto", { DOCKER_HOST: "tcp://engine:2375" }, path("none"))).toBe("docker");
  expect(policyOf("auto", { DOCKER_HOST: "" }, path("none"))).toBe("process");
});

test("what is written counts, whatever the machine has", async () => {
  const path = await temporaryFiles({ "docker.sock": "" });
  expect(policyOf("process", {}, path("docker.sock"))).toBe("process");
  expect(policyOf("docker", {}, path("none"))).toBe("docker");
});
