import { TaskFailure } from "@capstan/sdk";

/** What a code does not say by itself: why, and what to do. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  AccessDenied: "the credentials do not allow it. Check the policy of their user or role, and that of the bucket",
  Forbidden: "the credentials do not allow it. Check the policy of their user or role, and that of the bucket",
  NoSuchBucket: "there is no such bucket. Check `bucket`",
  NoSuchKey: "there is no such object. Check `key`",
  NotFound: "it is not there. Check `bucket` and `key`",
  NoSuchVersion: "the object has no such version. Check `versionId`",
  BucketAlreadyOwnedByYou: "you have a bucket of that name already",
  BucketAlreadyExists: "somebody else has a bucket of that name. Choose another one",
  InvalidBucketName: "that is no name for a bucket: use 3 to 63 lower-case letters, digits, dots and dashes",
  QueueDoesNotExist: "there is no such queue. Check `queueUrl`",
  InvalidAccessKeyId: "the server does not know the access key. Check `accessKeyId`",
  InvalidClientTokenId: "the server does not know the access key. Check `accessKeyId`",
  UnrecognizedClientException: "the server does not know the access key. Check `accessKeyId`",
  SignatureDoesNotMatch: "the secret is not that of the access key. Check `secretKeyId`",
  InvalidSignatureException: "the secret is not that of the access key. Check `secretKeyId`",
  ExpiredToken: "the temporary credentials have expired. Get new ones",
  ExpiredTokenException: "the temporary credentials have expired. Get new ones",
  CredentialsProviderError:
    "no credentials were found. Give `accessKeyId` and `secretKeyId`, or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY for the worker",
  RequestTimeTooSkewed: "the clock of the worker is wrong",
  AuthorizationHeaderMalformed: "it is in another region. Set `region`",
  PermanentRedirect: "it is in another region. Set `region`",
  IllegalLocationConstraintException: "that region can't be used from here. Set `region`",
  PreconditionFailed: "it has changed in the meantime",
  SlowDown: "the server asks for fewer requests",
  ENOTFOUND: "the host is not known. Check `endpointOverride`, `region` and the DNS of the worker",
  EAI_AGAIN: "the host's name could not be looked up. Check the DNS of the worker",
  ECONNREFUSED: "the connection was refused. Check `endpointOverride`, and that the server runs",
  ECONNRESET: "the connection broke",
  EPROTO: "the server does not speak TLS as it should. Check the scheme of `endpointOverride`",
  SELF_SIGNED_CERT_IN_CHAIN: "the certificate's issuer is not trusted. Name its file in NODE_EXTRA_CA_CERTS",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the certificate is not trusted. Name its file in NODE_EXTRA_CA_CERTS",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the certificate's issuer is not trusted. Name its file in NODE_EXTRA_CA_CERTS",
};

/** Codes for answers that have none, as those to HEAD. */
const CODES_BY_STATUS: Readonly<Record<number, string>> = {
  301: "PermanentRedirect",
  403: "AccessDenied",
  404: "NotFound",
  412: "PreconditionFailed",
};

/** What errors are called that have no code of their own. */
const NAMELESS = /^(?:Error|AggregateError|Unknown|UnknownError|\d+)$/;

/** The parts of the library's errors that we look at. */
interface ServiceError extends Error {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  readonly errors?: readonly ServiceError[];
}

/** Waits for a request, and tells its failure: `what` is a clause such as "Reading s3://bucket/key". */
export async function told<Result>(what: string, request: Promise<Result>): Promise<Result> {
  try {
    return await request;
  } catch (error) {
    throw awsFailure(what, error);
  }
}

/** The failure of a request in words for the user. The end of a request that was given up passes as it is. */
export function awsFailure(what: string, error: unknown): Error {
  if (!(error instanceof Error)) return new TaskFailure(`${what} failed: ${String(error)}`);
  if (error instanceof TaskFailure || error.name === "AbortError") return error;
  if (error.message === "Region is missing")
    return new TaskFailure(`${what} failed: there is no region. Set \`region\`, or AWS_REGION for the worker.`, {
      cause: error,
    });
  const code = codeOf(error);
  const { $metadata, $response } = error as ServiceError;
  const region = $response?.headers?.["x-amz-bucket-region"];
  const facts = [
    code,
    $metadata?.httpStatusCode === undefined ? undefined : `HTTP ${$metadata.httpStatusCode}`,
    region === undefined ? undefined : `region ${region}`,
    $metadata?.requestId === undefined ? undefined : `request ${$metadata.requestId}`,
  ].filter((fact) => fact !== undefined);
  const reason = (EXPLANATIONS[code ?? ""] ?? error.message).replace(/\.$/, "");
  const shown = facts.length === 0 ? "" : ` (${facts.join(", ")})`;
  return new TaskFailure(`${what} failed: ${reason}${shown}.`, { cause: error });
}

/** What the service, or Node for a connection, calls what went wrong. */
export function codeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const { code = error.name, errors, $metadata } = error as ServiceError;
  const named = [errors?.[0]?.code, NAMELESS.test(error.name) ? code : error.name].find(
    (name) => typeof name === "string" && !NAMELESS.test(name),
  );
  return (named as string | undefined) ?? CODES_BY_STATUS[$metadata?.httpStatusCode ?? 0];
}

/** The HTTP status of the answer that a failed request got, directly or as the cause of a `TaskFailure`. */
export function statusOf(error: unknown): number | undefined {
  const { $metadata, cause } = error as ServiceError;
  return $metadata?.httpStatusCode ?? (cause === undefined ? undefined : statusOf(cause));
}
