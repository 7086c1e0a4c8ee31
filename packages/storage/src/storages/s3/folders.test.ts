import { expect, test } from "vitest";
import type { Bucket, Listing, Page } from "./bucket.ts";
import { removeEmptyPlace, statPlace } from "./folders.ts";
import { createKeys } from "./keys.ts";

/** A bucket whose every other page is empty, which S3 allows itself. */
function bucketWithGaps(keys: readonly string[]): Bucket {
  const page = async ({ prefix, token = "0", max = 1_000 }: Listing): Promise<Page> => {
    const [at, isGap] = [Number.parseInt(token, 10), !token.endsWith("!")];
    if (isGap) return { objects: [], folderKeys: [], token: `${at}!` };
    const found = keys.filter((key) => key.startsWith(prefix));
    const objects = found.slice(at, at + max).map((key) => ({ key, sizeBytes: 1, modifiedAt: 7 }));
    return { objects, folderKeys: [], token: at + max < found.length ? String(at + max) : undefined };
  };
  return { page, head: async () => undefined, remove: async () => undefined } as unknown as Bucket;
}

test("a folder is seen behind an empty page, and isn't taken for empty", async () => {
  const place = createKeys().place("main", "/a");
  const filled = bucketWithGaps(["main/a/", "main/a/file"]);
  expect(await statPlace(filled, place)).toMatchObject({ type: "folder", modifiedAt: 7 });
  expect(await removeEmptyPlace(filled, place)).toBe(false);
  expect(await removeEmptyPlace(bucketWithGaps(["main/a/"]), place)).toBe(true);
  expect(await removeEmptyPlace(bucketWithGaps([]), place)).toBe(false);
});
