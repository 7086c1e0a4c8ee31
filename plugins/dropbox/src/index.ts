import { definePlugin } from "@capstan/sdk";
import { copy } from "./copy.ts";
import { createFolder } from "./create-folder.ts";
import { deleteEntry } from "./delete.ts";
import { download } from "./download.ts";
import { getMetadata } from "./get-metadata.ts";
import { list } from "./list.ts";
import { move } from "./move.ts";
import { search } from "./search.ts";
import { upload } from "./upload.ts";

export default definePlugin({
  name: "dropbox",
  title: "Dropbox",
  category: "Cloud",
  definitions: [list, search, getMetadata, download, upload, copy, move, createFolder, deleteEntry],
  testedWith: [
    {
      types: "io.kestra.plugin.dropbox",
      kind: "stand-in",
      what: "a server of the tests that keeps files, bound to the types that Dropbox publishes of its API",
    },
  ],
});
