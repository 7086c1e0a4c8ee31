/** Permanent codes of this package: `title` names the kind of error, `hint` what to do about it. */
export const STORAGE_ERRORS = {
  "file-not-found": {
    title: "There is no such file",
    hint: "Check the path and its tenant; files of an execution go when the execution is purged.",
  },
  "file-exists": {
    title: "Something else is there already",
    hint: "Delete or move what is there, or choose another name.",
  },
  "path-invalid": {
    title: "The path can't be used",
    hint: "Use an absolute path or a kestra:/// URI, with names between single slashes and without `.` and `..`.",
  },
  "path-too-long": {
    title: "The path is too long",
    hint: "Use shorter names, or fewer folders one in the other.",
  },
  "storage-full": {
    title: "The disk that holds the internal storage is full",
    hint: "Free space on that disk, or purge old executions. Nothing of the refused file was kept.",
  },
  "storage-io": {
    title: "The operating system refused to read or write the internal storage",
    hint: "Check the disk, the mount and the rights on the storage's folder.",
  },
  "storage-closed": {
    title: "The internal storage is not open",
    hint: "Use it only between the end of `start` and the call of `stop`.",
  },
} as const satisfies Record<string, { title: string; hint: string }>;

export type StorageErrorCode = keyof typeof STORAGE_ERRORS;

/** An operating error of the storage, or a path that can't be used. */
export class StorageError extends Error {
  readonly code: StorageErrorCode;
  /** What to do about it. */
  readonly hint: string;

  constructor(code: StorageErrorCode, detail: string, options: { cause?: unknown } = {}) {
    super(
      `${STORAGE_ERRORS[code].title}: ${detail}`,
      options.cause === undefined ? undefined : { cause: options.cause },
    );
    this.name = "StorageError";
    this.code = code;
    this.hint = STORAGE_ERRORS[code].hint;
  }
}
