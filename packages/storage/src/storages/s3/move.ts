import { StorageError } from "../../errors.ts";
import type { Bucket, ObjectFacts } from "./bucket.ts";
import { pages, refuseFileAbove, statPlace } from "./folders.ts";
import type { Place } from "./keys.ts";
import { finishOrDrop } from "./upload.ts";

/** Larger files are copied in pieces of that size: one request for all of it would be silent for too long. S3's own limit is 5 GiB. */
export const COPY_BYTES_MAX = 256 * 1_048_576;
/** Files of a folder, or pieces of a file, that are copied at the same time. */
const COPIES_AT_ONCE = 8;

/**
 * Copies within the server, then deletes. A folder is no single step: who looks meanwhile finds files at both places. When a copy fails,
 * all is where it was; nothing is deleted before all is copied, and what is written to the old place meanwhile stays there.
 */
export async function movePlace(bucket: Bucket, source: Place, target: Place): Promise<void> {
  const [from, to] = await Promise.all([statPlace(bucket, source), statPlace(bucket, target)]);
  if (from === undefined) throw new StorageError("file-not-found", source.path);
  if (to !== undefined) throw new StorageError("file-exists", target.path);
  if (target.path.startsWith(`${source.path}/`))
    throw new StorageError("path-invalid", `${source.path} can't move into itself, to ${target.path}`);
  await refuseFileAbove(bucket, target);
  if (from.type === "file") {
    await copyObject(bucket, { key: source.key, sizeBytes: from.sizeBytes }, target.key);
    await bucket.remove([source.key]);
  } else await moveFolder(bucket, source, target);
}

async function moveFolder(bucket: Bucket, source: Place, target: Place): Promise<void> {
  const targetOf = (key: string): string => target.folderKey + key.slice(source.folderKey.length);
  const copied: string[] = [];
  try {
    for await (const { objects } of pages(bucket, source))
      for (let start = 0; start < objects.length; start += COPIES_AT_ONCE) {
        const batch = objects.slice(start, start + COPIES_AT_ONCE);
        copied.push(...batch.map(({ key }) => key));
        await allEnded(batch.map((object) => copyObject(bucket, object, targetOf(object.key))));
      }
  } catch (error) {
    // What can't be taken back is a second copy; the first is still there.
    await bucket.remove(copied.map(targetOf)).catch(() => undefined);
    throw error;
  }
  await bucket.remove(copied);
}

/** Copies within the server, however large the file is. */
export async function copyObject(
  bucket: Bucket,
  { key, sizeBytes }: Pick<ObjectFacts, "key" | "sizeBytes">,
  to: string,
  pieceBytes = COPY_BYTES_MAX,
): Promise<void> {
  if (sizeBytes <= pieceBytes) {
    await bucket.copy(key, to);
    return;
  }
  const upload = await bucket.beginUpload(to);
  const pieces = Array.from({ length: Math.ceil(sizeBytes / pieceBytes) }, (_, place) => place);
  await finishOrDrop(bucket, upload, async (_, done) => {
    for (let start = 0; start < pieces.length; start += COPIES_AT_ONCE) {
      const batch = pieces.slice(start, start + COPIES_AT_ONCE).map(async (place) => {
        const range = { start: place * pieceBytes, end: Math.min((place + 1) * pieceBytes, sizeBytes) - 1 };
        done.push(await bucket.copyPart(upload, place + 1, key, range));
      });
      await allEnded(batch);
    }
  });
}

/** Waits for all, and rejects with the first error: what still runs after that could undo what is done about it. */
async function allEnded(works: readonly Promise<void>[]): Promise<void> {
  await Promise.allSettled(works);
  await Promise.all(works);
}
