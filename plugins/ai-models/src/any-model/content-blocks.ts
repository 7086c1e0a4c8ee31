import { buffer } from "node:stream/consumers";
import { dynamic, type ExecutionFiles, isFileAddress, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import type { Part } from "./question.ts";

/** What the files of one question may have together: less than any of the APIs takes. */
export const FILE_BYTES_MAX = 20_971_520;

const IMAGE_KINDS: Readonly<Record<string, string>> = {
  jpg: "image/jpeg",
  jpeg: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  webp: "image/webp",
};

export const contentBlocks = () =>
  dynamic(
    z.array(
      z.object({
        type: dynamic(z.enum(["TEXT", "IMAGE", "PDF"]))
          .default("TEXT")
          .describe("TEXT, IMAGE or PDF. Default: TEXT."),
        text: text().optional().describe("The text of a TEXT."),
        uri: text()
          .optional()
          .describe(
            "Address of the stored file of an IMAGE, whose name ends with its kind (.jpg, .png, .gif, .webp), or of a PDF.",
          ),
      }),
    ),
  );

export type ContentBlocks = z.output<ReturnType<typeof contentBlocks>>;

export interface Said {
  readonly content?: string | undefined;
  readonly blocks?: ContentBlocks | undefined;
}

/** Reads the parts of all that is said in one question, with their files. */
export function partsReader(files: ExecutionFiles): (said: Said) => Promise<readonly Part[]> {
  const counted = { bytes: 0 };
  return (said) => partsOf(files, said, counted);
}

/** Throws `TaskFailure` for a block without content, and for files that are too large. */
async function partsOf(
  files: ExecutionFiles,
  { content, blocks = [] }: Said,
  counted: { bytes: number },
): Promise<readonly Part[]> {
  const parts: Part[] = content === undefined ? [] : [{ kind: "TEXT", text: content }];
  for (const { type, text: written, uri } of blocks) {
    if (type === "TEXT") {
      if (written === undefined) throw new TaskFailure("A block of the type TEXT has no `text`.");
      parts.push({ kind: "TEXT", text: written });
      continue;
    }
    if (uri === undefined || !isFileAddress(uri))
      throw new TaskFailure(
        `A block of the type ${type} has no address of a stored file as its \`uri\`. Fetch the file first, with core.http.Download.`,
      );
    counted.bytes += await files.sizeBytes(uri.trim());
    if (counted.bytes > FILE_BYTES_MAX)
      throw new TaskFailure(`The files have more than ${FILE_BYTES_MAX} bytes together.`);
    const base64 = (await buffer(await files.read(uri.trim()))).toString("base64");
    parts.push({ kind: type, mimeType: type === "PDF" ? "application/pdf" : imageKind(uri), base64 });
  }
  return parts;
}

function imageKind(uri: string): string {
  const ending = uri.trim().split(".").at(-1)?.toLowerCase() ?? "";
  const kind = IMAGE_KINDS[ending];
  if (kind !== undefined) return kind;
  throw new TaskFailure(
    `"${uri}" does not tell which kind of image it is: its name must end with one of .${Object.keys(IMAGE_KINDS).join(", .")}.`,
  );
}
