import { TaskFailure } from "@capstan/sdk";
import { nameOf } from "./access.ts";
import type { CopyTarget } from "./copy-object.ts";

/** What becomes of objects once they are stored, as it is written. */
export interface ActionProperties {
  readonly bucket: string;
  readonly action: "MOVE" | "DELETE" | "NONE";
  readonly moveTo?:
    | (Omit<CopyTarget, "bucket"> & {
        readonly bucket?: string | undefined;
      })
    | undefined;
}

/** The place of an object that is moved; undefined where nothing is. Throws `TaskFailure` where nothing says where to. */
export function moveTarget({ bucket, action, moveTo }: ActionProperties): ((key: string) => CopyTarget) | undefined {
  if (action !== "MOVE") return undefined;
  if (moveTo === undefined)
    throw new TaskFailure("`action: MOVE` needs `moveTo.key`, the folder to move the objects to.");
  const folder = moveTo.key.replace(/\/+$/, "");
  return (key) => ({
    ...moveTo,
    bucket: moveTo.bucket ?? bucket,
    key: folder === "" ? nameOf(key) : `${folder}/${nameOf(key)}`,
  });
}
