import { definePlugin } from "@capstan/sdk";
import { archiveCompress } from "./archive-compress.ts";
import { archiveDecompress } from "./archive-decompress.ts";
import { fileDecrypt } from "./encryption/file-decrypt.ts";
import { fileEncrypt } from "./encryption/file-encrypt.ts";
import { fileCompress } from "./file-compress.ts";
import { fileDecompress } from "./file-decompress.ts";

export default definePlugin({
  name: "compress",
  title: "Archives",
  category: "Files",
  definitions: [archiveDecompress, archiveCompress, fileCompress, fileDecompress, fileEncrypt, fileDecrypt],
  testedWith: [
    {
      types: "io.kestra.plugin.compress",
      kind: "real",
      what: "archives that Python wrote, and the compressions of Node",
    },
    {
      types: "io.kestra.plugin.compress.FileEncrypt",
      kind: "real",
      what: "OpenSSL; the sealed format by its description",
    },
    {
      types: "io.kestra.plugin.compress.FileDecrypt",
      kind: "real",
      what: "OpenSSL; the sealed format by its description",
    },
  ],
});
