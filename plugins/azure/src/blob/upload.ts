import { anyValue, defineTask, dynamic, instant, text, textMap } from "@capstan/sdk";
import { eachAtOnce, uploadSources } from "@capstan/sdk/objects";
import { z } from "zod";
import { connectionProperties } from "../connection.ts";
import { blobOutput } from "./blob.ts";
import { openBlobs } from "./blob-api.ts";
import { container } from "./listing.ts";
import { uploadBlob } from "./upload-blob.ts";

/** Files that are on their way at the same time. */
const AT_ONCE = 4;
const PREMIUM = ["P4", "P6", "P10", "P15", "P20", "P30", "P40", "P50", "P60", "P70", "P80"] as const;

const properties = () =>
  z.object({
    ...connectionProperties(),
    container: container(),
    name: text().describe(
      "The blob that a file becomes; with several files, or a slash at the end, the folder that they go to. What is there is replaced.",
    ),
    from: anyValue().describe(
      "The file, as a kestra:///… address; or a list of them, or a map of names and addresses.",
    ),
    metadata: textMap()
      .optional()
      .describe("Metadata to keep with the blobs. Names are made of letters, digits and underscores."),
    tags: textMap().optional().describe("Tags of the blobs, by which Azure finds them."),
    accessTier: dynamic(z.enum([...PREMIUM, "HOT", "COOL", "COLD", "ARCHIVE"]))
      .optional()
      .describe("Access tier. Default: that of the account."),
    legalHold: dynamic(z.boolean())
      .optional()
      .describe("Whether the blobs can't be changed or deleted until the hold is taken off."),
    immutabilityPolicy: z
      .object({
        expiryTime: instant().describe(
          "Until when the blobs can't be changed or deleted, such as `2030-01-01T00:00:00Z`.",
        ),
        policyMode: dynamic(z.enum(["LOCKED", "UNLOCKED", "MUTABLE", "Locked", "Unlocked", "Mutable"]))
          .optional()
          .describe("UNLOCKED policies can be shortened, LOCKED ones can't. Default: UNLOCKED."),
      })
      .optional()
      .describe("How long the blobs are kept for sure."),
    validateChecksum: dynamic(z.boolean())
      .optional()
      .describe("Whether Azure must have got the MD5 of what was sent. Default: false."),
  });
type Properties = z.output<ReturnType<typeof properties>>;

/** Files become blobs. */
export const upload = defineTask({
  type: "io.kestra.plugin.azure.storage.blob.Upload",
  title: "Upload files to Azure as blobs",
  description:
    "The content streams from the internal storage, of any size. An upload that breaks off leaves the blob as it was.",
  properties,
  outputs: () =>
    z.object({
      blob: blobOutput().describe("The blob; of several, the first."),
      blobs: z.array(blobOutput()).describe("All of them, in the order of `from`."),
    }),
  examples: [
    {
      title: "Keep a dump",
      code: "id: keep\ntype: io.kestra.plugin.azure.storage.blob.Upload\nconnectionString: \"{{ secret('AZURE_CONNECTION_STRING') }}\"\nfrom: \"{{ outputs.dump.outputFiles['backup.sql.gz'] }}\"\ncontainer: backups\nname: \"db/{{ now() | date('yyyy-MM-dd') }}.sql.gz\"\naccessTier: COOL\n",
    },
  ],
  async run(context) {
    const { properties, files, log, metric, signal } = context;
    const sources = uploadSources(properties.from, properties.name);
    const api = openBlobs(context, properties);
    const options = { headers: headersFor(properties), validateChecksum: properties.validateChecksum ?? false };
    const blobs = await eachAtOnce(sources, { atOnce: AT_ONCE, signal }, ({ uri, key: name }) =>
      uploadBlob(files, api, { uri, place: { container: properties.container, name } }, options),
    );
    const bytes = blobs.reduce((sum, { size }) => sum + size, 0);
    metric({ name: "file.count", type: "counter", value: blobs.length });
    metric({ name: "file.size", type: "counter", value: bytes });
    log.info(
      `Uploaded ${blobs.length === 1 ? "one file" : `${blobs.length} files`} of ${bytes} bytes to ${properties.container}`,
    );
    return { blob: blobs[0], blobs };
  },
});

function headersFor({ metadata = {}, tags, accessTier, legalHold, immutabilityPolicy: policy }: Properties) {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(metadata)) headers[`x-ms-meta-${name}`] = value;
  if (tags !== undefined) headers["x-ms-tags"] = new URLSearchParams(tags).toString().replaceAll("+", "%20");
  if (accessTier !== undefined) headers["x-ms-access-tier"] = inAzuresCase(accessTier);
  if (legalHold !== undefined) headers["x-ms-legal-hold"] = String(legalHold);
  if (policy !== undefined) {
    headers["x-ms-immutability-policy-until-date"] = new Date(policy.expiryTime).toUTCString();
    headers["x-ms-immutability-policy-mode"] = inAzuresCase(policy.policyMode ?? "UNLOCKED");
  }
  return headers;
}

function inAzuresCase(word: string): string {
  return word.charAt(0).toUpperCase() + word.slice(1).toLowerCase();
}
