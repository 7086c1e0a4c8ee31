import { dynamic, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { lastPart, type ObjectAddress, placeIn, placeOf } from "./object-address.ts";

/** What becomes of objects once they are stored. */
export const actionProperties = () => ({
  action: dynamic(z.enum(["MOVE", "DELETE", "NONE"]))
    .default("NONE")
    .describe("What becomes of the objects: MOVE them to `moveDirectory`, DELETE them, or NONE. Default: NONE."),
  moveDirectory: text()
    .optional()
    .describe(
      "The folder that `action: MOVE` moves to, as `gs://bucket/folder/`. What lies there under the same name is replaced.",
    ),
});

export interface ActionProperties {
  readonly action: "MOVE" | "DELETE" | "NONE";
  readonly moveDirectory?: string | undefined;
}

/** Where an object goes that is moved: the last part of its name below `moveDirectory`. Undefined where nothing is moved. Throws `TaskFailure`. */
export function moveTarget({ action, moveDirectory }: ActionProperties): ((name: string) => ObjectAddress) | undefined {
  if (action !== "MOVE") return undefined;
  if (moveDirectory === undefined)
    throw new TaskFailure("`action: MOVE` needs `moveDirectory`, the folder to move the objects to.");
  const folder = placeOf("moveDirectory", moveDirectory);
  return (name) => placeIn(folder, lastPart(name));
}
