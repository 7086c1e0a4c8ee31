import { DOCKER_RUNNER } from "@capstan/sdk/commands";
import { expect, test } from "vitest";
import { processRunnerType } from "./process/process-runner.ts";
import { chooseRunner } from "./task-runners.ts";

function choose(
  asked: { type: string; image?: string } | undefined,
  docker: "docker" | "process",
  unnamed: "docker" | "process" = "process",
) {
  const warnings: string[] = [];
  const none = () => undefined;
  const log = {
    trace: none,
    debug: none,
    info: none,
    warn: (message: string) => void warnings.push(message),
    error: none,
  };
  return {
    choice: chooseRunner(asked, (type) => type, { docker, default: unnamed }, { log, image: "ubuntu" }),
    warnings,
  };
}

test("a task that asks for no runner gets processes", () => {
  expect(choose(undefined, "docker").choice).toEqual({ type: processRunnerType.type, properties: {} });
});

test("a task that asks for no runner gets Docker where the server says so, and then as little as one that asks for it", () => {
  expect(choose(undefined, "docker", "docker").choice).toEqual({ type: DOCKER_RUNNER, properties: {} });
  expect(choose(undefined, "process", "docker").choice.type).toBe(processRunnerType.type);
});

test("a task that asks for Docker gets Docker with its properties", () => {
  const { choice, warnings } = choose({ type: DOCKER_RUNNER, image: "ubuntu" }, "docker");
  expect(choice).toEqual({ type: DOCKER_RUNNER, properties: { image: "ubuntu" } });
  expect(warnings).toEqual([]);
});

test("where the server replaces Docker by processes, the log says so", () => {
  const { choice, warnings } = choose({ type: DOCKER_RUNNER, image: "ubuntu" }, "process");
  expect(choice).toEqual({ type: processRunnerType.type, properties: {} });
  expect(warnings).toEqual([expect.stringContaining("`taskRunners.docker` is `process`")]);
  expect(warnings).toEqual([expect.stringContaining("Its image ubuntu and its limits do not apply.")]);
});

test("other runners are never replaced", () => {
  expect(choose({ type: "a.b.Kubernetes" }, "process").choice.type).toBe("a.b.Kubernetes");
});
