import { copy } from "./copy.ts";
import { deleteList } from "./delete-list.ts";
import { deleteOne } from "./delete.ts";
import { download } from "./download.ts";
import { downloads } from "./downloads.ts";
import { list } from "./list.ts";
import { sharedAccess } from "./shared-access.ts";
import { trigger } from "./trigger.ts";
import { upload } from "./upload.ts";

export const blobDefinitions = [upload, download, downloads, list, copy, deleteOne, deleteList, sharedAccess, trigger];
