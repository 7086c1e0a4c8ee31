import { dynamic, type ExecutionFiles, listOrText, secret, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { addressBelow, callVendor, given } from "@capstan/sdk/http";
import { buffer } from "node:stream/consumers";
import { z } from "zod";

/** Bytes of all files of a mail; SendGrid takes 30 MB as a whole, where they are in base64. */
export const FILE_BYTES_MAX = 20_000_000;

const file = () =>
  z.object({
    uri: text().describe("Address of the stored file."),
    name: text().describe("Its name in the mail; the HTML shows an embedded image as `cid:<name>`."),
    contentType: text()
      .default("application/octet-stream")
      .describe("Its media type. Default: application/octet-stream."),
  });
const files = () => dynamic(z.array(file())).optional();

/** Who gets a mail by SendGrid, and with which files. */
export const sendGridProperties = () => ({
  sendgridApiKey: secret().describe("Key of the API, which may send mails."),
  endpointOverride: text()
    .default("https://api.sendgrid.com")
    .describe(
      "Address of the API. Default: https://api.sendgrid.com; accounts in the EU have https://api.eu.sendgrid.com.",
    ),
  from: text().describe(
    "Address of the sender, such as `Backups <backups@example.com>`; SendGrid must know it as yours.",
  ),
  to: listOrText().describe("Addresses of those who get it."),
  cc: listOrText().optional().describe("Addresses of those who get a copy."),
  subject: text().optional().describe("The subject."),
  attachments: files().describe(`Files to attach, ${FILE_BYTES_MAX} bytes at most, with the images.`),
  embeddedImages: files().describe("Images that the HTML shows."),
});

export const sendGridOutputs = () =>
  z.object({
    statusCode: z.int().describe("Status of the answer; 202 when the mail was taken."),
    headers: z.record(z.string(), z.string()).describe("`X-Message-Id`, by which SendGrid knows the mail."),
    body: z.string().describe("The answer, which is empty when the mail was taken."),
  });

type Properties = z.output<z.ZodObject<ReturnType<typeof sendGridProperties>>>;

export interface MailText {
  readonly subject: string;
  readonly html: string | undefined;
  readonly plain: string | undefined;
}

/** Sends a mail. Throws `TaskFailure` for one that SendGrid doesn't take. Answers the outputs. */
export async function sendBySendGrid(
  {
    properties,
    files,
    signal,
    log,
    mask,
  }: Pick<TaskContext<Properties>, "properties" | "files" | "signal" | "log" | "mask">,
  { subject, html, plain }: MailText,
): Promise<z.output<ReturnType<typeof sendGridOutputs>>> {
  const { sendgridApiKey, endpointOverride, from, to, cc = [] } = properties;
  const key = sendgridApiKey.trim();
  mask(key);
  const attachments = [
    ...(await filesOf(files, properties.attachments, "attachment")),
    ...(await filesOf(files, properties.embeddedImages, "inline", properties.attachments)),
  ];
  const copies = addresses("cc", cc);
  const body = {
    personalizations: [{ to: required("to", addresses("to", to)), ...(copies.length > 0 && { cc: copies }) }],
    from: addresses("from", [from])[0],
    subject,
    // In this order: what comes last is shown where it can be.
    content: [
      ...(plain === undefined ? [] : [{ type: "text/plain", value: plain }]),
      ...(html === undefined ? [] : [{ type: "text/html", value: html }]),
    ],
    ...(attachments.length > 0 && { attachments }),
  };
  const { status, header } = await callVendor(signal, {
    what: "Sending the mail by SendGrid",
    url: addressBelow(endpointOverride, "/v3/mail/send"),
    headers: { Authorization: `Bearer ${key}` },
    body,
    answer: z.unknown(),
  });
  log.info(`The mail to ${to.join(", ")} was taken.`);
  const id = header("x-message-id");
  return { statusCode: status, headers: id === undefined ? {} : { "X-Message-Id": id }, body: "" };
}

interface Address {
  readonly email: string;
  readonly name?: string;
}

/** Of `a@b`, or of `Name <a@b>`; several may stand in one text, with commas between them. */
function addresses(property: string, written: readonly string[]): readonly Address[] {
  const texts = written.flatMap((text) => text.match(/(?:"[^"]*"|<[^<>]*>|[^,])+/g) ?? []).map((text) => text.trim());
  return texts
    .filter((text) => text !== "")
    .map((text) => {
      const [, name = "", email = text] = /^(.*?)\s*<([^<>]+)>$/.exec(text) ?? [];
      if (!/^[^\s@]+@[^\s@]+$/.test(email))
        throw new TaskFailure(
          `\`${property}\` has "${text}", which is no address such as team@example.com or Team <team@example.com>.`,
        );
      return name === "" ? { email } : { email, name: name.replaceAll(/^"|"$/g, "") };
    });
}

function required(property: string, found: readonly Address[]): readonly Address[] {
  if (found.length === 0) throw new TaskFailure(`\`${property}\` is empty: give an address.`);
  return found;
}

/** Throws `TaskFailure` for more bytes than a mail may have. */
async function filesOf(
  stored: ExecutionFiles,
  written: Properties["attachments"] = [],
  disposition: "attachment" | "inline",
  others: Properties["attachments"] = [],
) {
  let bytes = 0;
  for (const { uri } of [...others, ...written]) bytes += await stored.sizeBytes(uri);
  if (bytes > FILE_BYTES_MAX)
    throw new TaskFailure(
      `The files have ${bytes} bytes, and a mail may have ${FILE_BYTES_MAX} of them: send a link instead.`,
    );
  const attached = [];
  for (const { uri, name, contentType } of written) {
    const content = (await buffer(await stored.read(uri))).toString("base64");
    const named = { content, filename: name, type: given(contentType) ?? "application/octet-stream", disposition };
    attached.push(disposition === "inline" ? { ...named, content_id: name } : named);
  }
  return attached;
}
