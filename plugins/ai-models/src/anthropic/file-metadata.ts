import { z } from "zod";

/** A file, as the API tells of it. */
export const fileAnswer = () =>
  z.looseObject({
    id: z.string(),
    filename: z.string().optional(),
    mime_type: z.string().optional(),
    size_bytes: z.number().optional(),
    created_at: z.string().optional(),
    downloadable: z.boolean().optional(),
    scope: z.looseObject({ id: z.string() }).nullish(),
  });

/** A file, as outputs tell of it. */
export const fileMetadata = () =>
  z.object({
    fileId: z.string().describe("Id of the file."),
    filename: z.string().optional().describe("Its name."),
    mimeType: z.string().optional().describe("What is in it."),
    size: z.int().optional().describe("Its size in bytes."),
    createdAt: z.string().optional().describe("When it was uploaded."),
    downloadable: z.boolean().optional().describe("Whether it can be fetched; what was uploaded can't."),
    scopeId: z.string().optional().describe("What it belongs to, such as a session."),
  });

export function metadataOf(file: z.output<ReturnType<typeof fileAnswer>>): z.output<ReturnType<typeof fileMetadata>> {
  return {
    fileId: file.id,
    filename: file.filename,
    mimeType: file.mime_type,
    size: file.size_bytes,
    createdAt: file.created_at,
    downloadable: file.downloadable,
    scopeId: file.scope?.id,
  };
}
