import { dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { type BlobPlace, lastPart } from "./blob-api.ts";

export const blobPlace = (what: string) =>
  z.object({
    container: text().describe("Its container."),
    name: text().describe(what),
  });

/** What becomes of blobs once they are stored. */
export const actionProperties = () => ({
  action: dynamic(z.enum(["MOVE", "DELETE", "NONE"])).describe(
    "What becomes of the blobs: MOVE them to `moveTo`, DELETE them, or NONE.",
  ),
  moveTo: blobPlace("The folder: each blob becomes `<name>/<the last part of its own name>`.")
    .optional()
    .describe("Where `action: MOVE` moves the blobs. What lies there under the same name is replaced."),
});

export interface ActionProperties {
  readonly action: "MOVE" | "DELETE" | "NONE";
  readonly moveTo?: BlobPlace | undefined;
}

/** Where a blob goes that is moved. Undefined where nothing is moved. Throws `TaskFailure` where nothing says where to. */
export function moveTarget({ action, moveTo }: ActionProperties): ((name: string) => BlobPlace) | undefined {
  if (action !== "MOVE") return undefined;
  if (moveTo === undefined)
    throw new TaskFailure("`action: MOVE` needs `moveTo`, the container and the folder to move the blobs to.");
  const { container } = moveTo;
  const folder = moveTo.name.replace(/\/+$/, "");
  return (name) => ({ container, name: folder === "" ? lastPart(name) : `${folder}/${lastPart(name)}` });
}
