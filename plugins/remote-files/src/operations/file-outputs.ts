import { z } from "zod";
import type { RemoteEntry } from "../remote-files.ts";

/** A file of another machine, as it is put out. */
export const listedFile = () =>
  z.object({
    path: z.string().describe("Its path at the server; of one that was downloaded, the file in the internal storage."),
    serverPath: z.string().describe("Its path at the server."),
    name: z.string(),
    fileType: z.enum(["FILE", "FOLDER", "OTHER"]),
    symbolicLink: z.boolean(),
    size: z.int().describe("Bytes."),
    userId: z.int().optional(),
    groupId: z.int().optional(),
    permissions: z.int().optional().describe("The mode of Unix, as a number."),
    accessDate: z.string().optional(),
    updatedDate: z.string().optional().describe("When it was written, in UTC."),
  });

export type ListedFile = z.output<ReturnType<typeof listedFile>>;

/** With `uri`, its content is stored there. */
export function listed(entry: RemoteEntry, uri?: string): ListedFile {
  return {
    path: uri ?? entry.path,
    serverPath: entry.path,
    name: entry.name,
    fileType: entry.kind,
    symbolicLink: entry.isLink,
    size: entry.sizeBytes,
    userId: entry.userId,
    groupId: entry.groupId,
    permissions: entry.permissions,
    accessDate: dateOf(entry.accessedAt),
    updatedDate: dateOf(entry.updatedAt),
  };
}

function dateOf(milliseconds: number | undefined): string | undefined {
  return milliseconds === undefined ? undefined : new Date(milliseconds).toISOString();
}
