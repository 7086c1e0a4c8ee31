import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandOwner, JsonMap } from "@capstan/sdk";
import { runOnRunner, type RunnerRun, TEST_OWNER } from "@capstan/sdk/test-kit";
import { onTestFinished } from "vitest";
import { dockerRunner } from "../runner/docker.ts";

export interface RunOptions {
  readonly properties?: JsonMap;
  readonly folder?: string;
  readonly env?: Record<string, string>;
  readonly key?: string;
  /** Whose it is; an attempt's where it is not told. */
  readonly owner?: CommandOwner;
  readonly pressure?: () => Promise<void> | undefined;
}

export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-docker-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Runs a line of a shell, or a program with its arguments, as a task does that asks for the Docker runner. */
export async function runCommand(
  host: string,
  asked: string | readonly string[],
  options: RunOptions = {},
): Promise<RunnerRun> {
  const { properties, owner = TEST_OWNER, key = owner.key, ...rest } = options;
  return runOnRunner(dockerRunner, {
    ...rest,
    properties: { host, image: "small:1", networkMode: "none", ...properties },
    command: typeof asked === "string" ? ["sh", "-c", asked] : asked,
    folder: options.folder ?? (await temporaryFolder()),
    owner: { ...owner, key },
  });
}
