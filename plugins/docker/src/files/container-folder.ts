import { rm } from "node:fs/promises";
import { basename, join } from "node:path";
import { Readable } from "node:stream";
import { OWN_FILES_PREFIX, type TaskLogger } from "@capstan/sdk";
import { tarOf } from "@capstan/sdk/tar";
import { containerPath } from "../engine/containers.ts";
import { fileOwner } from "../engine/container-user.ts";
import { type Engine, EngineFailure } from "../engine/engine.ts";
import { packFolder } from "./pack-folder.ts";
import { unpackFolder } from "./unpack-folder.ts";

/** Copies a folder of the worker into a container, to the same path; answers the paths of its files, relative to it. */
export async function copyIn(
  engine: Engine,
  { id, user, folder, signal }: { id: string; user: string; folder: string; signal: AbortSignal },
): Promise<ReadonlySet<string>> {
  const owner = await fileOwner(engine, id, user);
  const copied = new Set<string>();
  const entries = packFolder(folder, { owner, onFile: (path) => copied.add(path) });
  await engine.ask({
    method: "PUT",
    path: `${containerPath(id)}/archive`,
    query: { path: "/" },
    body: Readable.from(tarOf(entries, Date.now()), { objectMode: false }),
    signal,
  });
  return copied;
}

/**
 * Copies a folder of a container, which may have ended, back to one of the worker. What was copied in and is gone in the container
 * goes there, too. Files that tasks keep for themselves stay behind, except for those of the folder of outputs.
 */
export async function copyOut(
  engine: Engine,
  given: {
    readonly id: string;
    /** Its path in the container. */
    readonly source: string;
    readonly folder: string;
    readonly outputFolder: string | undefined;
    readonly copiedIn: ReadonlySet<string>;
    readonly log: TaskLogger;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { id, source, folder, outputFolder, copiedIn, log, signal } = given;
  const outputs = outputFolder === undefined ? undefined : basename(outputFolder);
  const isWanted = (path: string) => {
    const [top = ""] = path.split("/");
    return !top.startsWith(OWN_FILES_PREFIX) || top === outputs;
  };
  try {
    const archive = await engine.open({ path: `${containerPath(id)}/archive`, query: { path: source }, signal });
    const kept = await unpackFolder(archive, folder, { isWanted, log });
    for (const path of copiedIn) if (isWanted(path) && !kept.has(path)) await rm(join(folder, path), { force: true });
  } catch (error) {
    if (!(error instanceof EngineFailure) || error.status !== 404) throw error;
    log.warn(`the command has removed its working folder ${source}: no files of it are kept`);
  }
}
