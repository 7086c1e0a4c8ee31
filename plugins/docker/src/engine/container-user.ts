import { readTar } from "@capstan/sdk/tar";
import type { Engine } from "./engine.ts";
import { EngineFailure } from "./engine.ts";
import { containerPath } from "./containers.ts";

export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** Bytes of a table of users that is read. */
const TABLE_BYTES_MAX = 1_024 * 1_024;

/**
 * Whom the files of a container's user belong to. `written` is as in the container's configuration: `name`, `1000`, `name:group`.
 * Names are looked up in the container; what is not found there counts as root, and the engine refuses to start it.
 */
export async function fileOwner(engine: Engine, id: string, written: string): Promise<FileOwner> {
  const [user = "", group] = written.split(":");
  if ((user === "" || user === "root" || user === "0") && group === undefined) return { uid: 0, gid: 0 };
  const users = await tableOf(engine, id, "/etc/passwd");
  const entry = users.find(([name, , uid]) => name === user || uid === user);
  const uid = /^\d+$/.test(user) ? Number(user) : Number(entry?.[2] ?? 0);
  if (group === undefined) return { uid, gid: Number(entry?.[3] ?? 0) };
  if (/^\d+$/.test(group)) return { uid, gid: Number(group) };
  const groups = await tableOf(engine, id, "/etc/group");
  return { uid, gid: Number(groups.find(([name]) => name === group)?.[2] ?? 0) };
}

/** The rows of a table of users or groups; none where the container has no such file. */
async function tableOf(engine: Engine, id: string, path: string): Promise<readonly (readonly string[])[]> {
  try {
    const answer = await engine.open({ path: `${containerPath(id)}/archive`, query: { path } });
    const pieces: Uint8Array[] = [];
    for await (const { kind, size, content } of readTar(answer))
      if (kind === "file" && size <= TABLE_BYTES_MAX) for await (const piece of content) pieces.push(piece);
    return Buffer.concat(pieces)
      .toString("utf8")
      .split("\n")
      .map((line) => line.split(":"));
  } catch (error) {
    if (error instanceof EngineFailure && error.status === 404) return [];
    throw error;
  }
}
