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
  "file-changed": {
    title: "The file was replaced while it was read",
    hint: "Read it again: what was read so far belongs to the old content.",
  },
  "file-too-large": {
    title: "The file is too large for the internal storage",
    hint: "Raise `storage.s3.partBytes`: a file has at most 10,000 parts. Nothing of the refused file was kept.",
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
    title: "The disk or the bucket that holds the internal storage is full",
    hint: "Free space on that disk, raise the bucket's quota, or purge old executions. Nothing of the refused file was kept.",
  },
  "storage-io": {
    title: "The operating system refused to read or write the internal storage",
    hint: "Check the disk, the mount and the rights on the storage's folder.",
  },
  "storage-unreachable": {
    title: "The server of the internal storage does not answer",
    hint: "Check the network, and the S3 server of `storage.s3.endpoint`, or of a worker the server that it works for. Files are there again as soon as it answers.",
  },
  "storage-denied": {
    title: "The server of the internal storage refuses the credentials, or what they may do",
    hint: "Check `storage.s3.accessKeyId` and `storage.s3.secretAccessKey`, or the role that AWS's environment names, and that its policy allows to list the bucket and to read, write and delete its objects.",
  },
  "bucket-not-found": {
    title: "The bucket of the internal storage can't be found",
    hint: "Create it, or correct `storage.s3.bucket`, `storage.s3.region` and `storage.s3.endpoint`.",
  },
  "storage-refused": {
    title: "The S3 server refused a request",
    hint: "Look for the code in the server's log: the S3 server may lack something that the storage needs.",
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
