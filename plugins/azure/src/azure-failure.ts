import { TaskFailure } from "@capstan/sdk";
import { cut, type HttpResponse, firstBytesOf } from "@capstan/sdk/http";
import { readXml, textAt } from "./xml.ts";

const ANSWER_BYTES_MAX = 65_536;
const SHOWN_CHARACTERS = 1_000;

/** What a code does not say by itself: why, and what to do. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  AuthenticationFailed:
    "the account does not accept who asks. Check the key or the signature, when it ends, and the clock of the worker",
  AuthorizationFailure:
    "the account does not allow it. Check the roles and signatures of who asks, and the network rules of the account",
  AuthorizationPermissionMismatch:
    "who asks may not do this. Give the role `Storage Blob Data Contributor`, or a signature with more permissions",
  AuthorizationResourceTypeMismatch: "the signature is not for this. Make one for containers and objects",
  ContainerNotFound: "there is no such container. Check `container`",
  BlobNotFound: "there is no such blob. Check `container` and `name`",
  ResourceNotFound: "it is not there. Check `container` and `name`",
  BlobImmutableDueToPolicy: "the blob is kept by a policy or a legal hold, and can't be changed",
  BlobArchived: "the blob is in the archive. Change its tier, and wait until it can be read",
  LeaseIdMissing: "somebody holds a lease on it. Wait until it ends, or break it",
  InvalidResourceName: "that is no name that Azure takes. Check `container` and `name`",
};

/** Azure refused a request. */
export class AzureFailure extends TaskFailure {
  readonly status: number;
  readonly code: string | undefined;
  constructor(message: string, status: number, code: string | undefined) {
    super(message);
    this.name = "AzureFailure";
    this.status = status;
    this.code = code;
  }
}

/** The failure of a request that was refused: `what` is a clause such as "Reading container/name". Reads the answer. */
export async function azureFailure(what: string, response: HttpResponse): Promise<AzureFailure> {
  const { status } = response;
  const error = readXml(await firstBytesOf(response, ANSWER_BYTES_MAX)).children.find(({ name }) => name === "Error");
  const code =
    response.header("x-ms-error-code") ?? textAt(error, "Code") ?? (status === 404 ? "ResourceNotFound" : undefined);
  const request = response.header("x-ms-request-id");
  // The lines after the first tell the request and the time, and may tell what was signed.
  const told = textAt(error, "Message")?.split("\n", 1)[0]?.trim();
  const reason = EXPLANATIONS[code ?? ""] ?? cut(told ?? "the server tells no reason", SHOWN_CHARACTERS);
  const facts = [code, `HTTP ${status}`, request === undefined ? undefined : `request ${request}`];
  const shown = facts.filter((fact) => fact !== undefined).join(", ");
  return new AzureFailure(`${what} failed: ${reason.replace(/\.$/, "")} (${shown}).`, status, code);
}

/** Undefined for another kind of failure. */
export function statusOf(error: unknown): number | undefined {
  return error instanceof AzureFailure ? error.status : undefined;
}
