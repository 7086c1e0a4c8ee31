import type { AccountProperties } from "../account.ts";
import { type GoogleApi, googleApi } from "../google-api.ts";
import { type Blob, blobFrom } from "./blob.ts";
import { type ObjectAddress, objectPath, shownPlace } from "./object-address.ts";

const ADDRESS = "https://storage.googleapis.com";

/** Cloud Storage, asked by one account. */
export function openStorage(context: Parameters<typeof googleApi>[0], properties: AccountProperties): GoogleApi {
  return googleApi(context, properties, ADDRESS);
}

/** What is said of an object. Throws `GoogleFailure`, with status 404 where there is none. */
export async function readBlob(api: GoogleApi, place: ObjectAddress): Promise<Blob> {
  const what = `Reading ${shownPlace(place)}`;
  const adviceFor = (status: number) => (status === 404 ? "Check the bucket and the name." : undefined);
  return blobFrom(await api.call({ what, path: objectPath(place), adviceFor }));
}

/**
 * Copies an object within Cloud Storage, however large it is; what lies at the target is replaced. With a generation, only that content
 * is copied. Throws `GoogleFailure`.
 */
export async function copyObject(
  api: GoogleApi,
  from: ObjectAddress & { readonly generation?: string | undefined },
  to: ObjectAddress,
): Promise<Blob> {
  const what = `Copying ${shownPlace(from)} to ${shownPlace(to)}`;
  const path = `${objectPath(from)}/rewriteTo${objectPath(to).slice("/storage/v1".length)}`;
  const generation = from.generation === undefined ? {} : { sourceGeneration: from.generation };
  for (let token: string | undefined; ;) {
    // Copies into another place or class take several requests, each of which says how to go on.
    const params = { ...generation, ...(token !== undefined && { rewriteToken: token }) };
    const answer = (await api.call({ what, method: "POST", path, params })) as Rewriting;
    if (answer.done) return blobFrom(answer.resource);
    token = answer.rewriteToken;
  }
}

interface Rewriting {
  readonly done: boolean;
  readonly rewriteToken?: string;
  readonly resource?: unknown;
}

/**
 * Deletes an object. With `ifGenerationMatch` it must still have that content (status 412 otherwise); `generation` names one version of
 * several. Throws `GoogleFailure`.
 */
export async function deleteObject(
  api: GoogleApi,
  place: ObjectAddress,
  params: Readonly<Partial<Record<"ifGenerationMatch" | "generation", string>>> = {},
): Promise<void> {
  await api.call({ what: `Deleting ${shownPlace(place)}`, method: "DELETE", path: objectPath(place), params });
}
