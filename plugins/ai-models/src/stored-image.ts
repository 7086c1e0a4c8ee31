import type { ExecutionFiles } from "@capstan/sdk";

const ENDINGS: Readonly<Record<string, string>> = {
  "image/jpeg": ".jpg",
  "image/jpg": ".jpg",
  "image/png": ".png",
  "image/webp": ".webp",
  "image/gif": ".gif",
};

/** Stores an image that came as Base64; `number` tells those of one answer apart, from 1. Answers its address. */
export function storeImage(
  files: ExecutionFiles,
  { number, base64, mimeType }: { readonly number: number; readonly base64: string; readonly mimeType: string },
): Promise<string> {
  return files.put(`image-${number}${ENDINGS[mimeType.toLowerCase()] ?? ".img"}`, Buffer.from(base64, "base64"));
}
