import { setTimeout as delay } from "node:timers/promises";
import { consume } from "../../content.ts";
import { StorageError } from "../../errors.ts";
import type { Storage } from "../../storage.ts";
import { formatUri } from "../../uri.ts";
import type { Bucket } from "./bucket.ts";
import { download } from "./download.ts";
import {
  deletePlace,
  listPlace,
  refuseFile,
  refuseFileAbove,
  refuseFolder,
  removeEmptyPlace,
  statPlace,
  walkPlace,
} from "./folders.ts";
import { createKeys, inside, type Place } from "./keys.ts";
import { movePlace } from "./move.ts";
import { S3_DEFAULTS, type S3StorageOptions } from "./s3-options.ts";
import { upload } from "./upload.ts";

/** How long a start waits between two looks at a server that is away. */
const LOOK_MS = 500;
/** Uploads of a process that died are dropped after this time; a living one may still be writing younger ones. */
const ABANDONED_AFTER_MS = 24 * 3_600_000;
/** How long an address for a download may be used, in seconds; one that has begun goes on. */
export const DOWNLOAD_SECONDS_MAX = 300;

/**
 * Internal storage in a bucket of S3 or of a server that speaks it. Single files are written, replaced and read as in a local folder. What is
 * asked first and done then (no file where a folder is, no move to where something is) is not one step: of two writers who meet at
 * the same time, both may be let through. Then a file and a folder have one name, and nothing is lost.
 */
export function createS3Storage(options: S3StorageOptions, { now = Date.now }: { now?: () => number } = {}): Storage {
  const keys = createKeys(options.prefix);
  const sizes = { partBytes: options.partBytes ?? S3_DEFAULTS.partBytes };
  let isOpen = false;
  let opening: Promise<Bucket> | undefined;
  const opened = (): Promise<Bucket> =>
    (opening ??= import("./bucket.ts").then(({ createBucket }) => createBucket(options)));

  const at = async <Result>(
    tenant: string,
    uriOrPath: string,
    work: (bucket: Bucket, place: Place) => Promise<Result>,
  ): Promise<Result> => {
    if (!isOpen)
      throw new StorageError("storage-closed", `the bucket "${options.bucket}" was not started or was stopped`);
    const place = keys.place(tenant, uriOrPath);
    return work(await opened(), place);
  };
  const storage: Storage = {
    start: async () => {
      if (options.checksBucket !== false) {
        await untilAnswered(await opened(), keys.prefix, options.startMsMax ?? S3_DEFAULTS.startMsMax);
        await dropAbandoned(await opened(), keys.prefix, now());
      }
      isOpen = true;
    },
    stop: async () => {
      isOpen = false;
      const bucket = opening;
      opening = undefined;
      (await bucket)?.close();
    },
    put: (tenant, path, content) =>
      consume(content, () =>
        at(tenant, path, async (bucket, place) => {
          await Promise.all([refuseFolder(bucket, inside(place)), refuseFileAbove(bucket, place)]);
          await upload(bucket, place.key, content, sizes);
          return formatUri(place.path);
        }),
      ),
    read: (tenant, uriOrPath, range) =>
      at(tenant, uriOrPath, async (bucket, { path, key }) => {
        if (path === "/") throw new StorageError("file-not-found", `${path} is a folder`);
        return download(bucket, key, range);
      }),
    stat: (tenant, uriOrPath) => at(tenant, uriOrPath, statPlace),
    list: (tenant, folder) => at(tenant, folder, (bucket, place) => listPlace(bucket, keys, place)),
    walk: async function* (tenant, folder) {
      yield* await at(tenant, folder, async (bucket, place) => walkPlace(bucket, keys, place));
    },
    createFolder: (tenant, path) =>
      at(tenant, path, async (bucket, place) => {
        if (place.path === "/") return;
        await Promise.all([refuseFile(bucket, place), refuseFileAbove(bucket, place)]);
        await bucket.put(place.folderKey, Buffer.alloc(0));
      }),
    removeEmptyFolder: (tenant, path) => at(tenant, path, (bucket, place) => removeEmptyPlace(bucket, inside(place))),
    move: (tenant, from, to) =>
      at(tenant, from, (bucket, source) => movePlace(bucket, inside(source), inside(keys.place(tenant, to)))),
    delete: (tenant, uriOrPath) => at(tenant, uriOrPath, (bucket, place) => deletePlace(bucket, inside(place))),
  };
  if (options.downloads === undefined) return storage;
  return {
    ...storage,
    downloadUrl: (tenant, uriOrPath, disposition) =>
      at(tenant, uriOrPath, (bucket, place) => bucket.signedUrl(inside(place).key, disposition, DOWNLOAD_SECONDS_MAX)),
  };
}

/** Waits for a server that is away, and rejects with what else is wrong with it or with the bucket. */
async function untilAnswered(bucket: Bucket, prefix: string, startMsMax: number): Promise<void> {
  const deadline = performance.now() + startMsMax;
  for (;;) {
    try {
      await bucket.page({ prefix, max: 1 });
      return;
    } catch (error) {
      const isAway = error instanceof StorageError && error.code === "storage-unreachable";
      if (!isAway || performance.now() >= deadline) throw error;
      await delay(LOOK_MS);
    }
  }
}

/** Drops what dead processes left unfinished, where the server and its policies allow to look: rules of the bucket can do it as well. */
async function dropAbandoned(bucket: Bucket, prefix: string, now: number): Promise<void> {
  try {
    for await (const { begunAt, ...unfinished } of bucket.uploads(prefix))
      if (now - begunAt > ABANDONED_AFTER_MS) await bucket.dropUpload(unfinished);
  } catch (error) {
    if (!(error instanceof StorageError)) throw error;
  }
}
