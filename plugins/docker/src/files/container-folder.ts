import { Readable } from "node:stream";
import { packFolder, type ReturnedFolder, tarOf, unpackReturned } from "@capstan/sdk/tar";
import { containerPath } from "../engine/containers.ts";
import { fileOwner } from "../engine/container-user.ts";
import { type Engine, EngineFailure } from "../engine/engine.ts";

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

/** Brings a folder of a container, which may have ended, back to the worker. */
export async function copyOut(
  engine: Engine,
  given: ReturnedFolder & {
    readonly id: string;
    /** Its path in the container. */
    readonly source: string;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { id, source, log, signal } = given;
  try {
    const archive = await engine.open({ path: `${containerPath(id)}/archive`, query: { path: source }, signal });
    await unpackReturned(archive, given);
  } catch (error) {
    if (!(error instanceof EngineFailure) || error.status !== 404) throw error;
    log.warn(`the command has removed its working folder ${source}: no files of it are kept`);
  }
}
