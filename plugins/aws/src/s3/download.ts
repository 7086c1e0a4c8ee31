import { defineTask, dynamic, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionOf, connectionProperties, pathStyleProperties } from "../connection.ts";
import { openS3, type S3Access } from "./access.ts";
import { DOWNLOADS_AT_ONCE } from "./downloads.ts";
import { eachAtOnce } from "@capstan/sdk/objects";
import { listObjects } from "./listing.ts";
import { fileInfo, maxFiles, maxKeys, selectionProperties } from "./object-properties.ts";
import { storeObject } from "./store-object.ts";

const properties = () => {
  const { encodingType: _, filter: __, ...selection } = selectionProperties();
  return z.object({
    ...connectionProperties(),
    ...pathStyleProperties(),
    ...selection,
    key: text().optional().describe("Key of the one object. Without it, `prefix` and `regexp` choose several."),
    versionId: text().optional().describe("Version of the one object. Default: the latest."),
    maxKeys: maxKeys(),
    maxFiles: maxFiles(),
    validateChecksum: dynamic(z.boolean())
      .default(false)
      .describe(
        "Whether what arrives must have the checksum that the server keeps. An object without one is told with a warning. Default: false.",
      ),
  });
};
type Properties = z.output<ReturnType<typeof properties>>;

/** Objects become files. */
export const download = defineTask({
  type: "io.kestra.plugin.aws.s3.Download",
  title: "Download objects from S3",
  description: "The content streams to the internal storage; none of it is kept in memory.",
  properties,
  outputs: () =>
    z.object({
      ...fileInfo(),
      files: z
        .record(z.string(), z.object(fileInfo()))
        .optional()
        .describe("Where there was no `key`: each object by its key."),
    }),
  examples: [
    {
      title: "Get one object",
      code: "id: get\ntype: io.kestra.plugin.aws.s3.Download\nbucket: company-data\nkey: orders/latest.csv\n",
    },
    {
      title: "Get all that is below a folder and ends in .csv",
      code: 'id: get_all\ntype: io.kestra.plugin.aws.s3.Download\nbucket: company-data\nprefix: orders/\nregexp: ".*\\\\.csv"\n',
    },
  ],
  async run(context) {
    const { properties } = context;
    if (properties.key === undefined && properties.prefix === undefined && properties.regexp === undefined)
      throw new TaskFailure("Nothing says which objects to download: give `key`, or `prefix` or `regexp` for several.");
    using access = await openS3(connectionOf(properties, context.identity), context.signal);
    const { key } = properties;
    return await (key === undefined ? downloadMany(context, access) : downloadOne(context, access, key));
  },
});

async function downloadOne(context: TaskContext<Properties>, access: S3Access, key: string) {
  const { file } = await storeObject(context, access, { ...context.properties, key });
  tell(context, [file]);
  return { ...file };
}

async function downloadMany(context: TaskContext<Properties>, access: S3Access) {
  const { properties } = context;
  // A placeholder of a folder has no content.
  const objects = await listObjects(context, access, { ...properties, filter: "FILES" }, properties);
  const options = { atOnce: DOWNLOADS_AT_ONCE, signal: access.signal };
  const { versionId: _, ...wanted } = properties;
  const stored = await eachAtOnce(objects, options, async ({ key }, signal) => {
    const { file } = await storeObject(context, { ...access, signal }, { ...wanted, key });
    return file;
  });
  tell(context, stored);
  return { files: Object.fromEntries(objects.map(({ key }, index) => [key, stored[index]])) };
}

function tell({ log, metric }: TaskContext<Properties>, stored: readonly { contentLength: number | undefined }[]) {
  const bytes = stored.reduce((sum, { contentLength = 0 }) => sum + contentLength, 0);
  metric({ name: "file.size", type: "counter", value: bytes });
  log.info(`Downloaded ${stored.length === 1 ? "one object" : `${stored.length} objects`} of ${bytes} bytes`);
}
