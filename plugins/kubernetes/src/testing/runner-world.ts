import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandOwner, JsonMap } from "@capstan/sdk";
import { runOnRunner, type RunnerRun, TEST_OWNER } from "@capstan/sdk/test-kit";
import { onTestFinished } from "vitest";
import { kubernetesRunner } from "../runner/kubernetes.ts";
import { IMAGE } from "./test-namespace.ts";

export interface RunOptions {
  readonly properties?: JsonMap;
  readonly folder?: string;
  readonly env?: Record<string, string>;
  readonly owner?: CommandOwner;
  readonly returnsFiles?: boolean;
  readonly pressure?: () => Promise<void> | undefined;
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-kubernetes-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** An attempt of its own. */
export function newOwner(): CommandOwner {
  return { ...TEST_OWNER, key: `main/${randomBytes(6).toString("hex")}-1/1` };
}

/** Runs a line of a shell, or a program with its arguments, as a task does that asks for the Kubernetes runner. */
export async function runCommand(
  namespace: string,
  asked: string | readonly string[],
  options: RunOptions = {},
): Promise<RunnerRun> {
  const { properties, owner = newOwner(), returnsFiles = false, ...rest } = options;
  return runOnRunner(kubernetesRunner, {
    ...rest,
    properties: {
      namespace,
      image: IMAGE,
      pullPolicy: "IF_NOT_PRESENT",
      fileSidecar: { image: IMAGE },
      ...properties,
    },
    command: typeof asked === "string" ? ["sh", "-c", asked] : asked,
    folder: options.folder ?? (await temporaryFolder()),
    owner,
    returnsFiles,
  });
}
