import { defineTask, dynamic } from "@capstan/sdk";
import { z } from "zod";
import { files, namespace, withoutLeadingSlash } from "./paths.ts";

/** Deletes files of a namespace. */
export const deleteFiles = defineTask({
  type: "io.kestra.plugin.core.namespace.DeleteFiles",
  title: "Delete files of a namespace",
  properties: () =>
    z.object({
      namespace: namespace(),
      files: files(),
      deleteParentFolder: dynamic(z.boolean())
        .default(false)
        .describe("Accepted for compatibility: only files are listed, so a folder without files is not seen."),
    }),
  outputs: () => z.object({}),
  examples: [
    {
      title: "Delete temporary files",
      code: 'id: tidy\ntype: io.kestra.plugin.core.namespace.DeleteFiles\nfiles: "tmp/**"\n',
    },
  ],
  async run({ properties, identity, services: { namespaceFiles }, metric }) {
    const namespace = properties.namespace ?? identity.namespace;
    let deleted = 0;
    for (const path of await namespaceFiles.list(namespace, properties.files.map(withoutLeadingSlash)))
      if (await namespaceFiles.delete(namespace, path)) deleted += 1;
    metric({ name: "deleted", type: "counter", value: deleted });
  },
});
