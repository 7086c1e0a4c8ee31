import { defineTask, dynamic, listOrText, TaskFailure } from "@capstan/sdk";
import { pathPart } from "@capstan/sdk/http";
import { z } from "zod";
import { callCloudflare, connection, zoneId } from "./connection.ts";

const TYPE = "io.kestra.plugin.cloudflare.cache.Purge";
/** Of a request, as Cloudflare takes it. */
export const PURGED_PER_REQUEST = 30;

/** Makes Cloudflare forget what it has of a zone. */
export const cachePurge = defineTask({
  type: TYPE,
  title: "Purge what Cloudflare has in its cache",
  description: `Files and tags go ${PURGED_PER_REQUEST} at a time, which is what Cloudflare takes.`,
  properties: () =>
    z.object({
      ...connection(),
      zoneId: zoneId(),
      purgeAll: dynamic(z.boolean())
        .default(false)
        .describe("Whether all of the zone is purged, whatever `files` and `tags` say. Default: false."),
      files: listOrText().optional().describe("Whole addresses of files, such as https://example.com/app.js."),
      tags: listOrText().optional().describe("Tags that answers had in `Cache-Tag`. Not looked at with `files`."),
    }),
  outputs: () =>
    z.object({ requestId: z.string().describe("Id that Cloudflare gave the purge; the last of several.") }),
  examples: [
    {
      title: "Show the new version of a page",
      code:
        `id: purge\ntype: ${TYPE}\napiToken: "{{ secret('CLOUDFLARE_TOKEN') }}"\nzoneId: "{{ inputs.zone }}"\n` +
        "files: [https://example.com/]\n",
    },
    {
      title: "Purge all of a zone",
      code: `id: purge\ntype: ${TYPE}\napiToken: "{{ secret('CLOUDFLARE_TOKEN') }}"\nzoneId: "{{ inputs.zone }}"\npurgeAll: true\n`,
    },
  ],
  async run(context) {
    const { zoneId: zone, purgeAll, files = [], tags = [] } = context.properties;
    const bodies = purgeAll
      ? [{ purge_everything: true }]
      : files.length > 0
        ? portions(files).map((portion) => ({ files: portion }))
        : portions(tags).map((portion) => ({ tags: portion }));
    if (bodies.length === 0)
      throw new TaskFailure("Nothing says what to purge: give `files`, `tags` or `purgeAll: true`.");
    let requestId = "";
    for (const body of bodies) {
      const { id } = await callCloudflare(context, {
        what: `Purging the cache of the zone ${zone}`,
        path: `/zones/${pathPart("zoneId", zone)}/purge_cache`,
        body,
        result: z.object({ id: z.string() }),
      });
      requestId = id;
    }
    const what = purgeAll ? "all" : files.length > 0 ? `${files.length} files` : `what has ${tags.length} tags`;
    context.log.info(`Purged ${what} of the zone ${zone}.`);
    return { requestId };
  },
});

function portions(entries: readonly string[]): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(entries.length / PURGED_PER_REQUEST) }, (_none, index) =>
    entries.slice(index * PURGED_PER_REQUEST, (index + 1) * PURGED_PER_REQUEST),
  );
}
