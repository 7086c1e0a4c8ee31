import { addAbortSignal, type Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ExecutionFiles, TaskLogger } from "@capstan/sdk";
import type { AddressObject, Headers } from "mailparser";
import { z } from "zod";

/** Characters of a body that an event holds; of a longer one, the rest is left out with a warning. */
export const BODY_CHARACTERS_MAX = 50_000;
/** Attachments of a mail that are stored; of more, the rest is left out with a warning. */
export const ATTACHMENTS_MAX = 100;
/** Characters of a subject, an address or a name. */
const TEXT_CHARACTERS_MAX = 1_000;
/** Addresses of one kind. */
const ADDRESSES_MAX = 100;

export const emailOutputs = () => ({
  subject: z.string().optional(),
  from: z.string().optional().describe("Who sent it, such as `Ada <ada@example.com>`."),
  to: z.array(z.string()),
  cc: z.array(z.string()),
  bcc: z.array(z.string()),
  date: z.string().optional().describe("When it was written, in UTC, as the sender says."),
  body: z.string().describe("The message as plain text; that of HTML where there is none."),
  messageId: z.string().optional(),
  attachments: z.array(
    z.object({
      filename: z.string(),
      contentType: z.string(),
      size: z.int().describe("Bytes."),
      uri: z.string().describe("The file in the internal storage."),
    }),
  ),
});

const email = () => z.object(emailOutputs());
export type Email = z.output<ReturnType<typeof email>>;

interface Context {
  readonly files: ExecutionFiles;
  readonly log: TaskLogger;
  readonly signal: AbortSignal;
}

/** Reads the source of a mail; its attachments go to the internal storage as they come. */
export async function readEmail({ files, log, signal }: Context, source: Readable): Promise<Email> {
  const { MailParser } = await import("mailparser");
  const parser = new MailParser({ skipImageLinks: true });
  const parts = { headers: new Map() as Headers, body: "" };
  const attachments: Email["attachments"] = [];
  const parsed = async () => {
    for await (const part of parser as AsyncIterable<MailPart>) {
      if (part.type === "text") parts.body = part.text ?? "";
      else {
        if (attachments.length < ATTACHMENTS_MAX) attachments.push(await stored(files, part, attachments.length + 1));
        else if (attachments.length === ATTACHMENTS_MAX) {
          log.warn(`The mail has more than ${ATTACHMENTS_MAX} attachments: the others are left out.`);
          part.content.resume();
        } else part.content.resume();
        part.release();
      }
    }
  };
  parser.on("headers", (headers) => (parts.headers = headers));
  await Promise.all([pipeline(source, addAbortSignal(signal, parser)), parsed()]);
  return { ...headersOf(parts.headers), body: cutBody(parts.body, log), attachments };
}

/** Deletes the files of a mail that starts no execution. */
export async function discardEmail(files: ExecutionFiles, { attachments }: Email): Promise<void> {
  for (const { uri } of attachments) await files.delete(uri);
}

type MailPart =
  | { readonly type: "text"; readonly text?: string }
  | {
      readonly type: "attachment";
      readonly content: Readable;
      readonly contentType: string;
      readonly filename?: string;
      release(): void;
    };

async function stored(
  files: ExecutionFiles,
  part: Extract<MailPart, { type: "attachment" }>,
  number: number,
): Promise<Email["attachments"][number]> {
  const filename = cut(part.filename ?? `attachment-${number}`);
  // It is the sender who chose it.
  const name = filename.replaceAll(/[\\/\p{Cc}]/gu, "_").replace(/^\.+$/u, "_");
  const uri = await files.put(name, part.content);
  return { filename, contentType: part.contentType, size: await files.sizeBytes(uri), uri };
}

function headersOf(headers: Headers) {
  const text = (name: string) => {
    const value = headers.get(name);
    return typeof value === "string" ? cut(value) : undefined;
  };
  const date = headers.get("date");
  return {
    subject: text("subject"),
    from: addressesOf(headers.get("from"))[0],
    to: addressesOf(headers.get("to")),
    cc: addressesOf(headers.get("cc")),
    bcc: addressesOf(headers.get("bcc")),
    date: date instanceof Date && !Number.isNaN(date.getTime()) ? date.toISOString() : undefined,
    messageId: text("message-id"),
  };
}

function addressesOf(header: unknown): string[] {
  const objects = (Array.isArray(header) ? header : [header]) as readonly (AddressObject | undefined)[];
  const found = objects.flatMap((object) => object?.value ?? []);
  const all = found.flatMap((one) => one.group ?? [one]);
  return all
    .slice(0, ADDRESSES_MAX)
    .map(({ name, address = "" }) => cut(name === "" ? address : `${name} <${address}>`));
}

function cut(text: string): string {
  return text.slice(0, TEXT_CHARACTERS_MAX);
}

function cutBody(body: string, log: TaskLogger): string {
  if (body.length <= BODY_CHARACTERS_MAX) return body;
  log.warn(`The mail has a body of ${body.length} characters: all but ${BODY_CHARACTERS_MAX} are left out.`);
  return body.slice(0, BODY_CHARACTERS_MAX);
}
