import { definePlugin } from "@capstan/sdk";
import { archiveCompress } from "./archive-compress.ts";
import { archiveDecompress } from "./archive-decompress.ts";
import { fileCompress } from "./file-compress.ts";
import { fileDecompress } from "./file-decompress.ts";

export default definePlugin({
  name: "compress",
  title: "Archives",
  category: "Files",
  definitions: [archiveDecompress, archiveCompress, fileCompress, fileDecompress],
  testedWith: [
    {
      types: "io.kestra.plugin.compress",
      kind: "real",
      what: "archives that Python wrote, and the compressions of Node",
    },
  ],
});
