import { z } from "zod";
import type { RemoteEntry } from "../remote-files.ts";
import { addressOf, parentOf } from "../remote-path.ts";

/** A file of this machine, as it is put out. */
export const localFile = () =>
  z.object({
    uri: z.string().describe("The stored file; of one that is only listed, its `file://` address."),
    localPath: z.string().describe("Its path on the machine."),
    name: z.string(),
    parent: z.string().describe("The folder that it is in."),
    size: z.int().describe("Bytes."),
    createdDate: z.string().optional().describe("When it was made, in UTC, where the file system knows that."),
    modifiedDate: z.string().describe("When it was written, in UTC."),
    accessedDate: z.string().describe("When it was read, in UTC."),
    isDirectory: z.boolean().describe("Whether it is a folder."),
  });

export type LocalFile = z.output<ReturnType<typeof localFile>>;

/** With `uri`, its content is stored there. */
export function localFileOf(entry: RemoteEntry, uri = addressOf("file://", entry.path)): LocalFile {
  const { path, name, sizeBytes, kind, createdAt = 0, updatedAt = 0, accessedAt = 0 } = entry;
  return {
    uri,
    localPath: path,
    name,
    parent: parentOf(path),
    size: sizeBytes,
    // File systems that don't know it say the beginning of 1970.
    ...(createdAt > 0 && { createdDate: dateOf(createdAt) }),
    modifiedDate: dateOf(updatedAt),
    accessedDate: dateOf(accessedAt),
    isDirectory: kind === "FOLDER",
  };
}

function dateOf(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
