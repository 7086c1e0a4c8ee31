import { defineTrigger, duration, dynamic, type PollingContext, text } from "@capstan/sdk";
import { type ObjectPlace, pollObjects } from "@capstan/sdk/objects";
import { z } from "zod";
import { accountProperties } from "../account.ts";
import type { GoogleApi } from "../google-api.ts";
import { statusOf } from "../google-failure.ts";
import { type Blob, blobOutput } from "./blob.ts";
import { selectedBlobs, selectionProperties } from "./listing.ts";
import { actionProperties, moveTarget } from "./move.ts";
import { placeOf, shownPlace } from "./object-address.ts";
import { copyObject, deleteObject, openStorage, readBlob } from "./storage-api.ts";
import { storeBlob } from "./store-blob.ts";

const properties = () => {
  const { allVersions: _, ...selection } = selectionProperties();
  return z.object({
    ...accountProperties(),
    ...selection,
    ...actionProperties(),
    interval: duration().default(60_000).describe("Time between two questions. Default: PT60S."),
    on: dynamic(z.enum(["CREATE", "UPDATE", "CREATE_OR_UPDATE"]))
      .default("CREATE_OR_UPDATE")
      .describe("Whether the flow starts for new objects, for ones whose content has changed, or for both."),
    maxFiles: dynamic(z.int().min(1))
      .default(25)
      .describe("How many objects one execution is started for, at most. Every name is looked at. Default: 25."),
    stateKey: text()
      .optional()
      .describe(
        "Name of what the trigger knows of objects: with another one, it knows none. Default: its flow and id.",
      ),
    stateTtl: duration()
      .optional()
      .describe(
        "How long an object that is gone is still known, so that it is not new when it comes back. Default: not at all.",
      ),
  });
};
type Properties = z.output<ReturnType<typeof properties>>;
type StoredBlob = Blob & { readonly changeType: "CREATE" | "UPDATE" };

/** Starts executions for objects. */
export const trigger = defineTrigger({
  type: "io.kestra.plugin.gcp.gcs.Trigger",
  title: "Start the flow when objects arrive in Cloud Storage",
  description:
    "Objects are stored as files of the execution, the oldest first. With MOVE they are copied to `moveDirectory` before it starts; in the bucket they are deleted at the question after it, because nothing is lost then, whatever fails.",
  properties,
  outputs: () =>
    z.object({
      blobs: z
        .array(blobOutput().extend({ changeType: z.enum(["CREATE", "UPDATE"]).describe("What happened to it.") }))
        .describe("The objects, the oldest first."),
    }),
  examples: [
    {
      title: "Start for each batch of files that arrives, and move them away",
      code: "id: arrived\ntype: io.kestra.plugin.gcp.gcs.Trigger\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\ninterval: PT1M\nfrom: gs://company-data/inbound/\naction: MOVE\nmoveDirectory: gs://company-data/archive/\n",
    },
  ],
  poll: (context) =>
    pollObjects(context, placeFor(context, openStorage(context, context.properties)), context.properties),
});

function placeFor(context: PollingContext<Properties>, api: GoogleApi): ObjectPlace<Blob, StoredBlob> {
  const { properties, evaluate, files } = context;
  const { bucket } = placeOf("from", properties.from);
  const targetOf = moveTarget(properties);
  return {
    about: JSON.stringify([properties.stateKey ?? "", bucket]),
    list: () => selectedBlobs(evaluate, api, { ...properties, filter: "FILES" }),
    versionOf: ({ name, generation = "" }) => ({ name, version: generation }),
    timeOf: ({ updateTime = "" }) => updateTime,
    targetOf: ({ name }) => (targetOf === undefined ? undefined : shownPlace(targetOf(name))),
    addressOf: shownPlace,
    async store({ found, changeType }) {
      let uri: string | undefined;
      try {
        uri = await storeBlob(context, api, found);
        if (targetOf !== undefined) await copyObject(api, found, targetOf(found.name));
        return { ...found, uri, changeType };
      } catch (error) {
        if (uri !== undefined) await files.delete(uri);
        if (statusOf(error) === 404) return undefined;
        throw error;
      }
    },
    async remove({ name, version }) {
      try {
        // Servers that only speak alike may not know the condition.
        if ((await readBlob(api, { bucket, name })).generation !== version) return;
        await deleteObject(api, { bucket, name }, { ifGenerationMatch: version });
      } catch (error) {
        // It is gone, or something else is there by now.
        if (statusOf(error) !== 404 && statusOf(error) !== 412) throw error;
      }
    },
  };
}
