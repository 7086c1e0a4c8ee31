import type { Effect, LiveExecution } from "@capstan/engine";
import { taskFilePath } from "@capstan/storage";
import { text } from "node:stream/consumers";
import type { DispatchParts } from "./dispatch.ts";

type Parts = Pick<DispatchParts, "storage" | "executor">;

/** Reads the list of batches of a ForEachItem. */
export async function readLines(
  { storage, executor }: Parts,
  execution: LiveExecution,
  { run, uri }: Extract<Effect, { type: "read-lines" }>,
): Promise<void> {
  try {
    const content = await text(await storage.read(execution.tenant, uri));
    const lines = content.split("\n").filter((line) => line !== "");
    executor().send(execution, { type: "lines-read", run: run.index, lines });
  } catch (error) {
    const message = `the list of batches can't be read: ${(error as Error).message}`;
    executor().send(execution, { type: "child-refused", run: run.index, message });
  }
}

/** Stores what a Loop puts into files. */
export async function storeFiles(
  { storage, executor }: Parts,
  execution: LiveExecution,
  { run, files }: Extract<Effect, { type: "store-files" }>,
): Promise<void> {
  const { namespace, flowId } = execution.fixed;
  const owner = { namespace, flowId, executionId: execution.id, taskId: run.node.id, taskRunId: run.id };
  const uris: string[] = [];
  try {
    for (const { name, content } of files)
      uris.push(await storage.put(execution.tenant, taskFilePath(owner, name), content));
    executor().send(execution, { type: "files-stored", run: run.index, uris });
  } catch (error) {
    const { message } = error as Error;
    executor().send(execution, { type: "files-stored", run: run.index, uris, error: message });
  }
}
