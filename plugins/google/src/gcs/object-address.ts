import { TaskFailure } from "@capstan/sdk";

/** Where an object is, or a folder of objects. */
export interface ObjectAddress {
  readonly bucket: string;
  /** Its name in the bucket; empty for the bucket itself. */
  readonly name: string;
}

/** What an address `gs://bucket/name` in a property says. Throws `TaskFailure` for anything else. */
export function placeOf(property: string, address: string | undefined): ObjectAddress {
  if (address === undefined)
    throw new TaskFailure(`\`${property}\` is missing: give an address such as gs://bucket/name.`);
  const found = /^gs:\/\/([a-z0-9][\w.-]*)(?:\/([^]*))?$/.exec(address.trim());
  if (found === null)
    throw new TaskFailure(
      `\`${property}\` is "${address}", which is no address in Cloud Storage. Write gs://bucket/name.`,
    );
  return { bucket: found[1]!, name: found[2] ?? "" };
}

/** As `placeOf`, for one object. Throws `TaskFailure` for a bucket alone. */
export function objectOf(property: string, address: string | undefined): ObjectAddress {
  const place = placeOf(property, address);
  if (place.name === "")
    throw new TaskFailure(`\`${property}\` is ${shownPlace(place)}, which names no object. Write gs://bucket/name.`);
  return place;
}

export function shownPlace({ bucket, name }: ObjectAddress): string {
  return `gs://${bucket}/${name}`;
}

/** The path of an object in the API. Throws `TaskFailure` for names that an address can't hold. */
export function objectPath({ bucket, name }: ObjectAddress): string {
  // Cloud Storage has no such objects, and in an address they would name something else.
  if (name === "." || name === "..") throw new TaskFailure(`"${name}" is no name of an object.`);
  return `${bucketPath(bucket)}/o/${encodeURIComponent(name)}`;
}

export function bucketPath(bucket: string): string {
  return `/storage/v1/b/${encodeURIComponent(bucket)}`;
}

/** The last part of a name; of a placeholder for a folder, with its slash. */
export function lastPart(name: string): string {
  return /[^/]*\/?$/.exec(name)![0];
}

/** The place of an object below a folder. */
export function placeIn({ bucket, name: folder }: ObjectAddress, name: string): ObjectAddress {
  return { bucket, name: folder === "" || folder.endsWith("/") ? `${folder}${name}` : `${folder}/${name}` };
}
