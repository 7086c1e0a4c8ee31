import { anyValue, type ExecutionFiles, isFileAddress, TaskFailure, text } from "@capstan/sdk";
import type { SendMailOptions } from "nodemailer";
import { z } from "zod";

const attachment = z.object({
  name: z.string().min(1),
  uri: z.string().min(1),
  contentType: z.string().default("application/octet-stream"),
});

/** Of one mail. */
export const ATTACHMENTS_MAX = 100;

/** Who gets it, and what is attached. */
export const messageProperties = () => ({
  from: text().optional().describe("Address of the sender."),
  to: text().optional().describe("Addresses of those who get it, with commas between them."),
  cc: text().optional().describe("Addresses of those who get a copy, with commas between them."),
  attachments: anyValue()
    .optional()
    .describe(`Files to attach: a list of \`name\`, \`uri\` and \`contentType\`, ${ATTACHMENTS_MAX} at most.`),
  embeddedImages: anyValue()
    .optional()
    .describe("Images that the HTML shows as `cid:<name>`: a list as of `attachments`."),
});

interface Message {
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  readonly cc?: string | undefined;
  readonly subject?: string | undefined;
  readonly attachments?: unknown;
  readonly embeddedImages?: unknown;
}

/** The mail with its files, which are read when it is sent. Throws `TaskFailure` for what is missing. */
export async function mailOf(
  message: Message,
  body: { readonly html?: string | undefined; readonly text: string },
  files: ExecutionFiles,
): Promise<SendMailOptions> {
  for (const name of ["from", "to"] as const)
    if ((message[name] ?? "").trim() === "") throw new TaskFailure(`\`${name}\` is missing: give the address.`);
  const [attached, embedded] = await Promise.all([
    listOf("attachments", message.attachments, files),
    listOf("embeddedImages", message.embeddedImages, files),
  ]);
  const open = async ({ name, uri, contentType }: z.output<typeof attachment>) => ({
    filename: name,
    contentType,
    content: await files.read(uri),
  });
  return {
    from: message.from,
    to: message.to,
    cc: message.cc,
    subject: message.subject,
    ...body,
    attachments: [
      ...(await Promise.all(attached.map(open))),
      ...(await Promise.all(embedded.map(async (one) => ({ ...(await open(one)), cid: one.name })))),
    ],
  };
}

/** A list, its JSON, or the address of a file with that. */
async function listOf(name: string, written: unknown, files: ExecutionFiles) {
  if (written === undefined || written === null || written === "") return [];
  const source = typeof written === "string" && isFileAddress(written) ? await files.text(written) : written;
  const parsed = z
    .array(attachment)
    .max(ATTACHMENTS_MAX)
    .safeParse(typeof source === "string" ? jsonOf(source) : source);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new TaskFailure(
    `\`${name}\` is no list of files (${[...(issue?.path ?? [])].join(".")} ${issue?.message}). Give each a \`name\` and a \`uri\`.`,
  );
}

function jsonOf(source: string): unknown {
  try {
    return JSON.parse(source);
  } catch {
    return source;
  }
}
