import { defineTrigger, duration, dynamic, type PollingContext, text } from "@capstan/sdk";
import { type ObjectPlace, pollObjects } from "@capstan/sdk/objects";
import { z } from "zod";
import { statusOf } from "../azure-failure.ts";
import { connectionProperties } from "../connection.ts";
import { type Blob, blobOutput, deleteBlob } from "./blob.ts";
import { type BlobApi, openBlobs, shownPlace } from "./blob-api.ts";
import { copyBlob } from "./copy-blob.ts";
import { selectedBlobs, selectionProperties } from "./listing.ts";
import { actionProperties, moveTarget } from "./move.ts";
import { storeBlob } from "./store-blob.ts";

const properties = () =>
  z.object({
    ...connectionProperties(),
    ...selectionProperties(),
    ...actionProperties(),
    interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
    on: dynamic(z.enum(["CREATE", "UPDATE", "CREATE_OR_UPDATE"]))
      .default("CREATE_OR_UPDATE")
      .describe("Whether the flow starts for new blobs, for ones whose content has changed, or for both."),
    maxFiles: dynamic(z.int().min(1))
      .default(25)
      .describe("How many blobs one execution is started for, at most. Every name is looked at. Default: 25."),
    stateKey: text()
      .optional()
      .describe("Name of what the trigger knows of blobs: with another one, it knows none. Default: its flow and id."),
    stateTtl: duration()
      .optional()
      .describe(
        "How long a blob that is gone is still known, so that it is not new when it comes back. Default: not at all.",
      ),
  });
type Properties = z.output<ReturnType<typeof properties>>;
type StoredBlob = Blob & { readonly changeType: "CREATE" | "UPDATE" };

/** Starts executions for blobs. */
export const trigger = defineTrigger({
  type: "io.kestra.plugin.azure.storage.blob.Trigger",
  title: "Start the flow when blobs arrive in Azure",
  description:
    "Blobs are stored as files of the execution, the oldest first. With MOVE they are copied to `moveTo` before it starts; in the container they are deleted at the question after it, because nothing is lost then, whatever fails.",
  properties,
  outputs: () =>
    z.object({
      blobs: z
        .array(blobOutput().extend({ changeType: z.enum(["CREATE", "UPDATE"]).describe("What happened to it.") }))
        .describe("The blobs, the oldest first."),
    }),
  examples: [
    {
      title: "Start for each batch of files that arrives, and move them away",
      code: "id: arrived\ntype: io.kestra.plugin.azure.storage.blob.Trigger\nconnectionString: \"{{ secret('AZURE_CONNECTION_STRING') }}\"\ninterval: PT1M\ncontainer: data\nprefix: inbound/\naction: MOVE\nmoveTo:\n  container: data\n  name: archive/\n",
    },
  ],
  poll: (context) =>
    pollObjects(context, placeFor(context, openBlobs(context, context.properties)), context.properties),
});

function placeFor(context: PollingContext<Properties>, api: BlobApi): ObjectPlace<Blob, StoredBlob> {
  const { properties, evaluate, files } = context;
  const { container } = properties;
  const targetOf = moveTarget(properties);
  return {
    about: JSON.stringify([properties.stateKey ?? "", api.connection.endpoint, container]),
    // Folders have no content.
    list: () => selectedBlobs(evaluate, api, { ...properties, filter: "FILES" }),
    versionOf: ({ name, eTag = "" }) => ({ name, version: eTag.replaceAll('"', "") }),
    timeOf: ({ lastModified = "" }) => lastModified,
    targetOf: ({ name }) => (targetOf === undefined ? undefined : shownPlace(targetOf(name))),
    addressOf: shownPlace,
    async store({ found, changeType }) {
      let uri: string | undefined;
      try {
        const stored = await storeBlob(context, api, found);
        ({ uri } = stored);
        if (targetOf !== undefined) await copyBlob(api, found, targetOf(found.name));
        return { ...stored, changeType };
      } catch (error) {
        if (uri !== undefined) await files.delete(uri);
        if (isOther(error)) return undefined;
        throw error;
      }
    },
    async remove({ name, version }) {
      try {
        await deleteBlob(api, { container, name }, version);
      } catch (error) {
        if (!isOther(error)) throw error;
      }
    },
  };
}

/** The blob is gone, or something else is there by now. */
function isOther(error: unknown): boolean {
  return statusOf(error) === 404 || statusOf(error) === 412;
}
