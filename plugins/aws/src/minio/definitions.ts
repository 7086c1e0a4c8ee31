import { copy } from "./copy.ts";
import { createBucket } from "./create-bucket.ts";
import { deleteList } from "./delete-list.ts";
import { deleteTask } from "./delete.ts";
import { download } from "./download.ts";
import { downloads } from "./downloads.ts";
import { list } from "./list.ts";
import { trigger } from "./trigger.ts";
import { upload } from "./upload.ts";

/** `io.kestra.plugin.minio.*` */
export const minioDefinitions = [
  upload,
  download,
  downloads,
  list,
  copy,
  deleteTask,
  deleteList,
  createBucket,
  trigger,
];
