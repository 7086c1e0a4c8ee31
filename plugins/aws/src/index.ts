import { definePlugin } from "@capstan/sdk";
import { copy } from "./s3/copy.ts";
import { createBucket } from "./s3/create-bucket.ts";
import { deleteList } from "./s3/delete-list.ts";
import { deleteTask } from "./s3/delete.ts";
import { download } from "./s3/download.ts";
import { downloads } from "./s3/downloads.ts";
import { list } from "./s3/list.ts";
import { trigger } from "./s3/trigger.ts";
import { upload } from "./s3/upload.ts";

export default definePlugin({
  name: "aws",
  title: "AWS",
  category: "Cloud",
  definitions: [upload, download, downloads, list, copy, deleteTask, deleteList, createBucket, trigger],
});
