import { StorageError } from "./errors.ts";

/** Longest path, in bytes of UTF-8: leaves room for a tenant within the 1,024 bytes of a key in S3. */
export const PATH_BYTES_MAX = 960;
/** Longest name between two slashes, in bytes of UTF-8: what common file systems take. */
export const NAME_BYTES_MAX = 255;

const URI = /^(?:kestra|capstan):\/\/(?<host>[^/]*)(?<path>\/.*)$/s;

/** The URI of a path: the path as it is, without escapes, behind `kestra://`. */
export function formatUri(path: string): string {
  return `kestra://${checkPath(path)}`;
}

/** The path of a `kestra:///…` or `capstan:///…` URI, checked. Throws `path-invalid`, `path-too-long`. */
export function parseUri(uri: string): string {
  const match = URI.exec(uri);
  if (match?.groups === undefined) throw new StorageError("path-invalid", `"${uri}" is not a kestra:/// URI`);
  const { host, path } = match.groups;
  if (host !== "") throw new StorageError("path-invalid", `"${uri}" has "${host}" where a third slash belongs`);
  return checkPath(path!);
}

/** The checked path of either. */
export function pathOf(uriOrPath: string): string {
  return uriOrPath.startsWith("/") ? checkPath(uriOrPath) : parseUri(uriOrPath);
}

/**
 * Answers the path without a slash at its end; `/` is the tenant's root. Refuses what could lead out of the tenant's
 * folder here or anywhere the path is passed on to: `.`, `..`, back-slashes, control characters, and these escaped.
 */
export function checkPath(path: string): string {
  const refuse = (reason: string): never => {
    throw new StorageError("path-invalid", `${JSON.stringify(path.slice(0, PATH_BYTES_MAX))} ${reason}`);
  };
  if (!path.startsWith("/")) refuse("doesn't begin with a slash");
  // oxlint-disable-next-line no-control-regex -- to refuse them
  if (/[\u0000-\u001f\u007f\\]/.test(path)) refuse("contains a control character or a back-slash");
  if (/%(?:2e|2f|5c|00)/i.test(path)) refuse("contains an escaped dot, slash or back-slash");
  if (!path.isWellFormed()) refuse("is not well-formed text");
  const trimmed = path.length > 1 && path.endsWith("/") ? path.slice(0, -1) : path;
  if (trimmed === "/") return trimmed;
  if (Buffer.byteLength(trimmed) > PATH_BYTES_MAX) tooLong(trimmed, `has more than ${PATH_BYTES_MAX} bytes`);
  for (const name of trimmed.slice(1).split("/")) {
    if (name === "") refuse("has two slashes in a row");
    if (name === "." || name === "..") refuse(`contains "${name}"`);
    if (Buffer.byteLength(name) > NAME_BYTES_MAX) tooLong(name, `has more than ${NAME_BYTES_MAX} bytes`);
  }
  return trimmed;
}

function tooLong(text: string, reason: string): never {
  throw new StorageError("path-too-long", `"${text.slice(0, 60)}…" ${reason}`);
}

/** A tenant's name is the name of a folder. */
export function checkTenant(tenant: string): string {
  if (/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,99}$/.test(tenant)) return tenant;
  throw new StorageError("path-invalid", `${JSON.stringify(tenant.slice(0, 100))} can't be a tenant's folder`);
}
