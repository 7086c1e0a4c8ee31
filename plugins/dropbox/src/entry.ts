import { z } from "zod";

const name = () => z.string();
const paths = () => ({ path_lower: z.string().optional(), path_display: z.string().optional() });

/** How Dropbox tells of a file. */
export const fileMetadata = () =>
  z.object({
    name: name(),
    ...paths(),
    id: z.string(),
    rev: z.string(),
    size: z.number(),
    client_modified: z.string(),
    server_modified: z.string(),
    content_hash: z.string().optional(),
    is_downloadable: z.boolean().optional(),
  });
export type FileMetadata = z.output<ReturnType<typeof fileMetadata>>;

/** How Dropbox tells of a folder where it could be nothing else. */
export const folderMetadata = () => z.object({ name: name(), ...paths() });

/** How Dropbox tells of a file or a folder. */
export const metadata = () =>
  z.union([
    fileMetadata().extend({ ".tag": z.literal("file") }),
    folderMetadata().extend({ ".tag": z.enum(["folder", "deleted"]) }),
  ]);
export type Metadata = z.output<ReturnType<typeof metadata>>;

/** A file or folder as tasks put it out. */
export interface Entry {
  readonly name: string;
  readonly id?: string;
  readonly path?: string;
  readonly type: string;
  readonly size?: number;
  readonly clientModified?: string;
}

export const entry = () =>
  z.object({
    name: z.string().describe("Name, without the folders."),
    id: z.string().optional().describe("Path in small letters, which tells it from all others."),
    path: z.string().optional().describe("Path as people wrote it."),
    type: z.string().describe("`file` or `folder`."),
    size: z.int().optional().describe("Bytes of a file."),
    clientModified: z.string().optional().describe("When the file was changed, as whoever uploaded it says."),
  });

export function entryOf(told: Metadata): Entry {
  const { name: own, path_lower: id, path_display: path, ".tag": type } = told;
  return {
    name: own,
    ...(id !== undefined && { id }),
    ...(path !== undefined && { path }),
    type,
    ...(told[".tag"] === "file" && { size: told.size, clientModified: told.client_modified }),
  };
}

/** One file with all that Dropbox knows of its content, as tasks put it out. */
export const storedFile = () =>
  z.object({
    name: z.string().describe("Name, without the folders."),
    id: z.string().describe("Id, which it keeps when it is moved."),
    pathLower: z.string().optional().describe("Path in small letters."),
    pathDisplay: z.string().optional().describe("Path as people wrote it."),
    rev: z.string().describe("Revision."),
    size: z.int().describe("Bytes."),
    clientModified: z.string().describe("When it was changed, as whoever uploaded it says."),
    serverModified: z.string().describe("When it was uploaded."),
    contentHash: z.string().optional().describe("Dropbox's hash of the content."),
    isDownloadable: z.boolean().optional().describe("Whether it can be downloaded as a file."),
  });

export function storedFileOf(told: FileMetadata): z.output<ReturnType<typeof storedFile>> {
  return {
    name: told.name,
    id: told.id,
    pathLower: told.path_lower,
    pathDisplay: told.path_display,
    rev: told.rev,
    size: told.size,
    clientModified: told.client_modified,
    serverModified: told.server_modified,
    contentHash: told.content_hash,
    isDownloadable: told.is_downloadable,
  };
}
