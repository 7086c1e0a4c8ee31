import { StorageError, type StorageErrorCode } from "../../errors.ts";

/** What S3 servers, the SDK and Node call what went wrong. */
const CODES: Readonly<Record<string, StorageErrorCode>> = {
  NoSuchKey: "file-not-found",
  PreconditionFailed: "file-changed",
  KeyTooLongError: "path-too-long",
  EntityTooLarge: "file-too-large",
  NoSuchBucket: "bucket-not-found",
  PermanentRedirect: "bucket-not-found",
  AuthorizationHeaderMalformed: "bucket-not-found",
  IllegalLocationConstraintException: "bucket-not-found",
  InvalidBucketName: "bucket-not-found",
  QuotaExceeded: "storage-full",
  XMinioStorageFull: "storage-full",
  XMinioAdminBucketQuotaExceeded: "storage-full",
  AccessDenied: "storage-denied",
  ExpiredToken: "storage-denied",
  ExpiredTokenException: "storage-denied",
  InvalidToken: "storage-denied",
  InvalidIdentityToken: "storage-denied",
  CredentialsProviderError: "storage-denied",
  TokenProviderError: "storage-denied",
  RequestTimeTooSkewed: "storage-denied",
  InternalError: "storage-unreachable",
  SlowDown: "storage-unreachable",
  TimeoutError: "storage-unreachable",
};

/** For answers whose code is not known, or that have none, as those to HEAD. */
const STATUSES: Readonly<Record<number, StorageErrorCode>> = {
  301: "bucket-not-found",
  401: "storage-denied",
  403: "storage-denied",
  429: "storage-unreachable",
  507: "storage-full",
};

/** What a code doesn't say by itself. */
const REASONS: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: "the server does not know the access key",
  SignatureDoesNotMatch: "the secret access key is not that of the access key",
  CredentialsProviderError: "no credentials were found in the settings or in AWS's environment",
  RequestTimeTooSkewed: "the clock of this machine is wrong",
  AuthorizationHeaderMalformed: "it is in another region",
  PermanentRedirect: "it is in another region",
  SELF_SIGNED_CERT_IN_CHAIN: "name the file of the certificate's signer in NODE_EXTRA_CA_CERTS",
  DEPTH_ZERO_SELF_SIGNED_CERT: "name the file of the certificate in NODE_EXTRA_CA_CERTS",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "name the file of the certificate's signer in NODE_EXTRA_CA_CERTS",
};

/** What errors are called that have no code of their own, as where an answer has no body. */
const NAMELESS = /^(?:Error|AggregateError|Unknown|UnknownError|\d+)$/;

/** The parts of the SDK's errors that we look at. */
interface ServiceError extends Error {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  readonly errors?: readonly ServiceError[];
}

/**
 * The typed error for what the server, the network or the credentials refused. `subject` says what it was about. Our own mistakes, and
 * the end of a request that we gave up, pass as they are.
 */
export function toStorageError(error: unknown, subject: string): unknown {
  if (!(error instanceof Error) || error instanceof StorageError || error.name === "AbortError") return error;
  const { name, message, $metadata, $response } = error as ServiceError;
  if (message === "Region is missing")
    return new StorageError("bucket-not-found", `${subject}: its region is not set`, { cause: error });
  const status = $metadata?.httpStatusCode;
  const word = NAMELESS.test(name) ? networkCodeOf(error) : name;
  const code = codeOf(word, networkCodeOf(error), status);
  if (code === undefined) return error;
  const region = $response?.headers?.["x-amz-bucket-region"];
  const facts = [
    ...(word === undefined ? [] : [word]),
    ...(status === undefined ? [] : [`HTTP ${status}`]),
    ...(region === undefined || code !== "bucket-not-found" ? [] : [`region ${region}`]),
    ...($metadata?.requestId === undefined ? [] : [`request ${$metadata.requestId}`]),
  ];
  const reason = word === undefined || REASONS[word] === undefined ? "" : `, ${REASONS[word]}`;
  return new StorageError(code, `${subject}${reason} (${facts.join(", ")})`, { cause: error });
}

function codeOf(
  word: string | undefined,
  networkCode: string | undefined,
  status: number | undefined,
): StorageErrorCode | undefined {
  const known = CODES[word ?? ""] ?? STATUSES[status ?? 0];
  if (known !== undefined) return known;
  if (status === undefined) return networkCode === undefined ? undefined : "storage-unreachable";
  return status >= 500 && status !== 501 ? "storage-unreachable" : "storage-refused";
}

/** What Node calls a broken connection, a name that is not found or a certificate that is not trusted. */
function networkCodeOf(error: ServiceError): string | undefined {
  const code = error.code ?? error.errors?.[0]?.code;
  return typeof code === "string" && /^[A-Z][A-Z0-9_]+$/.test(code) && !code.startsWith("ERR_INVALID")
    ? code
    : undefined;
}

/** Whether a connection broke, so that the rest of an answer may be asked for again. */
export function isBroken(error: unknown): boolean {
  return error instanceof Error && (networkCodeOf(error) !== undefined || error.name === "TimeoutError");
}
