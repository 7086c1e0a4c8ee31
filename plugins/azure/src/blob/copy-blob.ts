import { TaskFailure } from "@capstan/sdk";
import { setTimeout as delay } from "node:timers/promises";
import type { HttpResponse } from "@capstan/sdk/http";
import { type Blob, addressOf, blobFrom, quoted } from "./blob.ts";
import { type BlobApi, type BlobPlace, pathOf, shownPlace } from "./blob-api.ts";

/** The first wait for the end of a copy; each is longer by half. */
const LOOK_MS_MIN = 200;
const LOOK_MS_MAX = 10_000;

/**
 * Copies a blob within its account, however large it is; what lies at the target is replaced. With an eTag, only that content is copied.
 * Answers when the copy is whole. Throws `AzureFailure`.
 */
export async function copyBlob(
  api: BlobApi,
  from: BlobPlace & { readonly eTag?: string | undefined },
  to: BlobPlace,
): Promise<Blob> {
  const what = `Copying ${shownPlace(from)} to ${shownPlace(to)}`;
  const { credential } = api.connection;
  const source = new URL(addressOf(api, from));
  if (credential.kind === "signature") source.search = credential.parameters.toString();
  const headers = {
    "x-ms-copy-source": source.href,
    ...(from.eTag !== undefined && { "x-ms-source-if-match": quoted(from.eTag) }),
  };
  let answer = await api.done({ what, method: "PUT", path: pathOf(to), headers });
  for (let waitMs = LOOK_MS_MIN; ; waitMs = Math.min(LOOK_MS_MAX, waitMs * 1.5)) {
    if (isWhole(what, answer)) break;
    await delay(waitMs, undefined, { signal: api.signal });
    answer = await api.done({ what, method: "HEAD", path: pathOf(to) });
  }
  return blobFrom(api, to, await api.done({ what, method: "HEAD", path: pathOf(to) }));
}

function isWhole(what: string, answer: HttpResponse): boolean {
  const status = answer.header("x-ms-copy-status");
  if (status === "pending") return false;
  if (status === undefined || status === "success") return true;
  const reason = answer.header("x-ms-copy-status-description") ?? "Azure tells no reason";
  throw new TaskFailure(`${what} failed: it is ${status} (${reason}). What is at the target by now is not whole.`);
}
