import { defineTask, TaskFailure } from "@capstan/sdk";
import { eachAtOnce } from "@capstan/sdk/objects";
import { z } from "zod";
import { accountProperties } from "../account.ts";
import { type Blob, blobOutput } from "./blob.ts";
import { validateChecksum } from "./download.ts";
import { listBlobs, maxFiles, selectionProperties } from "./listing.ts";
import { actionProperties, moveTarget } from "./move.ts";
import { type ObjectAddress, shownPlace } from "./object-address.ts";
import { copyObject, deleteObject, openStorage } from "./storage-api.ts";
import { storeBlob } from "./store-blob.ts";

/** Objects that are on their way at the same time. */
const AT_ONCE = 4;
const DONE = { MOVE: " and moved them", DELETE: " and deleted them", NONE: "" } as const;

/** Objects become files, and are moved or deleted then. */
export const downloads = defineTask({
  type: "io.kestra.plugin.gcp.gcs.Downloads",
  title: "Download many objects from Cloud Storage, and move or delete them",
  description: "Objects are moved or deleted when all of them are stored, and only if they are still what was stored.",
  properties: () =>
    z.object({
      ...accountProperties(),
      ...selectionProperties(),
      ...actionProperties(),
      maxFiles: maxFiles(),
      validateChecksum: validateChecksum(),
    }),
  outputs: () =>
    z.object({
      blobs: z.array(blobOutput()).describe("The objects, in the order of their names."),
      outputFiles: z
        .record(z.string(), z.string())
        .describe(
          "The file of each object, by its name in the bucket; with `allVersions`, the generation stands behind it, as `name#1767225600000000`.",
        ),
    }),
  examples: [
    {
      title: "Take what has arrived",
      code: "id: take\ntype: io.kestra.plugin.gcp.gcs.Downloads\nserviceAccount: \"{{ secret('GCP_SERVICE_ACCOUNT') }}\"\nfrom: gs://company-data/inbound/\naction: MOVE\nmoveDirectory: gs://company-data/archive/\n",
    },
  ],
  async run(context) {
    const { properties, log, metric, evaluate, signal } = context;
    const { action, allVersions = false } = properties;
    const targetOf = moveTarget(properties);
    if (allVersions && action !== "NONE")
      throw new TaskFailure(
        "`allVersions` is for `action: NONE`: older versions of an object can't be moved, and `DeleteList` deletes them.",
      );
    const api = openStorage(context, properties);
    // Folders, and placeholders for them, have no content.
    const found = await listBlobs(evaluate, api, { ...properties, filter: "FILES" });
    if (targetOf !== undefined) checkTargets(found, targetOf);
    const options = { atOnce: AT_ONCE, signal };
    const blobs = await eachAtOnce(found, options, async (blob) => ({
      ...blob,
      uri: await storeBlob(context, api, blob, properties),
    }));
    if (action !== "NONE")
      await eachAtOnce(found, options, async (blob) => {
        const target = targetOf?.(blob.name);
        if (target !== undefined && shownPlace(target) === shownPlace(blob)) return;
        if (target !== undefined) await copyObject(api, blob, target);
        await deleteObject(api, blob, blob.generation === undefined ? {} : { ifGenerationMatch: blob.generation });
      });
    const bytes = blobs.reduce((sum, { size }) => sum + size, 0);
    metric({ name: "file.size", type: "counter", value: bytes });
    log.info(`Downloaded ${blobs.length} objects of ${bytes} bytes${DONE[action]}`);
    const named = blobs.map(({ name, generation, uri }) => [allVersions ? `${name}#${generation}` : name, uri]);
    return { blobs, outputFiles: Object.fromEntries(named) as Record<string, string> };
  },
});

/** Of two objects that go to the same place, one would be lost. */
function checkTargets(blobs: readonly Blob[], targetOf: (name: string) => ObjectAddress): void {
  const known = new Map<string, string>();
  for (const { name } of blobs) {
    const target = shownPlace(targetOf(name));
    const other = known.get(target);
    if (other !== undefined)
      throw new TaskFailure(
        `${other} and ${name} would both be moved to ${target}, and one of them be lost. Nothing was moved; choose one folder in \`from\`.`,
      );
    known.set(target, name);
  }
}
