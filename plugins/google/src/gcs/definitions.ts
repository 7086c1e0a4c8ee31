import { compose } from "./compose.ts";
import { copy } from "./copy.ts";
import { deleteList } from "./delete-list.ts";
import { deleteBlob } from "./delete.ts";
import { download } from "./download.ts";
import { downloads } from "./downloads.ts";
import { list } from "./list.ts";
import { trigger } from "./trigger.ts";
import { upload } from "./upload.ts";

export const gcsDefinitions = [upload, download, downloads, list, copy, compose, deleteBlob, deleteList, trigger];
