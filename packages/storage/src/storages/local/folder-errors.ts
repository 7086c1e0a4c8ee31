import { StorageError, type StorageErrorCode } from "../../errors.ts";

const CODES: Readonly<Record<string, StorageErrorCode>> = {
  ENOENT: "file-not-found",
  ENOSPC: "storage-full",
  EDQUOT: "storage-full",
  EEXIST: "file-exists",
  ENOTEMPTY: "file-exists",
  ENOTDIR: "file-exists",
  EISDIR: "file-exists",
  EINVAL: "path-invalid",
  ELOOP: "path-invalid",
  ENAMETOOLONG: "path-too-long",
};

/** The typed error for what the file system refused; anything else passes as it is. */
export function toStorageError(error: unknown, path: string): unknown {
  if (error instanceof StorageError || !(error instanceof Error) || !("syscall" in error)) return error;
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return new StorageError(CODES[code] ?? "storage-io", `${path} (${code})`, { cause: error });
}

export function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR");
}
