import { defineTask, TaskFailure } from "@capstan/sdk";
import { eachAtOnce } from "@capstan/sdk/objects";
import { z } from "zod";
import { connectionProperties } from "../connection.ts";
import { type Blob, blobOutput, deleteBlob } from "./blob.ts";
import { type BlobPlace, openBlobs, shownPlace } from "./blob-api.ts";
import { copyBlob } from "./copy-blob.ts";
import { listBlobs, maxFiles, selectionProperties } from "./listing.ts";
import { actionProperties, moveTarget } from "./move.ts";
import { checksumProperties, storeBlob } from "./store-blob.ts";

/** Blobs that are on their way at the same time. */
const AT_ONCE = 4;
const DONE = { MOVE: " and moved them", DELETE: " and deleted them", NONE: "" } as const;

/** Blobs become files, and are moved or deleted then. */
export const downloads = defineTask({
  type: "io.kestra.plugin.azure.storage.blob.Downloads",
  title: "Download many blobs from Azure, and move or delete them",
  description: "Blobs are moved or deleted when all of them are stored, and only if they are still what was stored.",
  properties: () =>
    z.object({
      ...connectionProperties(),
      ...selectionProperties(),
      ...actionProperties(),
      maxFiles: maxFiles(),
      ...checksumProperties(),
    }),
  outputs: () =>
    z.object({
      blobs: z.array(blobOutput()).describe("The blobs, in the order of their names; `uri` is the file of each."),
      outputFiles: z.record(z.string(), z.string()).describe("The file of each blob, by its name."),
    }),
  examples: [
    {
      title: "Take what has arrived",
      code: "id: take\ntype: io.kestra.plugin.azure.storage.blob.Downloads\nconnectionString: \"{{ secret('AZURE_CONNECTION_STRING') }}\"\ncontainer: data\nprefix: inbound/\naction: MOVE\nmoveTo:\n  container: data\n  name: archive/\n",
    },
  ],
  async run(context) {
    const { properties, log, metric, evaluate, signal } = context;
    const targetOf = moveTarget(properties);
    const api = openBlobs(context, properties);
    // Folders have no content.
    const found = await listBlobs(evaluate, api, { ...properties, filter: "FILES" });
    if (targetOf !== undefined) checkTargets(found, targetOf);
    const options = { atOnce: AT_ONCE, signal };
    const blobs = await eachAtOnce(found, options, (blob) => storeBlob(context, api, blob, properties));
    if (properties.action !== "NONE")
      await eachAtOnce(blobs, options, async (blob) => {
        const target = targetOf?.(blob.name);
        if (target !== undefined && shownPlace(target) === shownPlace(blob)) return;
        if (target !== undefined) await copyBlob(api, blob, target);
        await deleteBlob(api, blob, blob.eTag);
      });
    const bytes = blobs.reduce((sum, { size }) => sum + size, 0);
    metric({ name: "file.size", type: "counter", value: bytes });
    log.info(`Downloaded ${blobs.length} blobs of ${bytes} bytes${DONE[properties.action]}`);
    return { blobs, outputFiles: Object.fromEntries(blobs.map(({ name, uri }) => [name, uri])) };
  },
});

/** Of two blobs that go to the same place, one would be lost. */
function checkTargets(blobs: readonly Blob[], targetOf: (name: string) => BlobPlace): void {
  const known = new Map<string, string>();
  for (const { name } of blobs) {
    const target = shownPlace(targetOf(name));
    const other = known.get(target);
    if (other !== undefined)
      throw new TaskFailure(
        `${other} and ${name} would both be moved to ${target}, and one of them be lost. Nothing was moved; choose a \`prefix\` for one folder.`,
      );
    known.set(target, name);
  }
}
