import { defineTask, listOrText, parseInstant, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { connectionOf, connectionProperties } from "../connection.ts";
import { signature } from "../shared-key.ts";
import { type BlobPlace, pathOf, shownPlace } from "./blob-api.ts";

/** Version of the service that the signature is made for. */
const SIGNATURE_VERSION = "2021-12-02";

/** Letters of the permissions, in the order that a signature has them. */
const LETTERS = {
  READ: "r",
  ADD: "a",
  CREATE: "c",
  WRITE: "w",
  DELETE: "d",
  DELETE_VERSION: "x",
  LIST: "l",
  TAGS: "t",
  FILTER: "f",
  MOVE: "m",
  EXECUTE: "e",
  IMMUTABILITY_POLICY: "i",
} as const;

/** Makes an address that others may use for a while. */
export const sharedAccess = defineTask({
  type: "io.kestra.plugin.azure.storage.blob.SharedAccess",
  title: "Make an address of a blob that others may use for a while",
  description:
    "The address has a shared access signature, which needs a key of the account. Nobody is asked. It is an output of the task: whoever sees the execution may use it.",
  properties: () => {
    const { sasToken: _, tenantId: __, clientId: ___, clientSecret: ____, ...connection } = connectionProperties();
    return z.object({
      ...connection,
      container: text().describe("Name of the container."),
      name: text().describe("Name of the blob, which need not be there yet."),
      expirationDate: text().describe(
        "Until when the address is good, such as `2030-01-01T00:00:00Z`, or a date in UTC.",
      ),
      permissions: listOrText().describe(`What may be done: ${Object.keys(LETTERS).join(", ")}.`),
    });
  },
  outputs: () => z.object({ uri: z.string().describe("The address, with the signature.") }),
  examples: [
    {
      title: "Let somebody read a report for a day",
      code: "id: share\ntype: io.kestra.plugin.azure.storage.blob.SharedAccess\nconnectionString: \"{{ secret('AZURE_CONNECTION_STRING') }}\"\ncontainer: reports\nname: today.pdf\nexpirationDate: \"{{ now() | dateAdd(1, 'DAYS') }}\"\npermissions:\n  - READ\n",
    },
  ],
  async run({ properties, log }) {
    const { endpoint, credential } = connectionOf({ ...properties });
    if (credential.kind !== "key")
      throw new TaskFailure(
        "Only a key of the account makes a signature: set `connectionString` with one, or `sharedKeyAccountAccessKey`.",
      );
    const expiresAt = parseInstant(properties.expirationDate);
    if (expiresAt === undefined)
      throw new TaskFailure(
        `\`expirationDate\` is "${properties.expirationDate}", which is no time. Write 2030-01-01T00:00:00Z.`,
      );
    const place = { container: properties.container, name: properties.name };
    const path = pathOf(place);
    const expiry = new Date(expiresAt).toISOString().replace(/\.\d+Z$/, "Z");
    const query = signedQuery(credential, place, { permissions: lettersOf(properties.permissions), expiry });
    log.info(`Made an address of ${shownPlace(place)} that is good until ${expiry}`);
    return { uri: `${endpoint}${path}?${query.toString()}` };
  },
});

function lettersOf(permissions: readonly string[]): string {
  const unknown = permissions.find((permission) => !(permission in LETTERS));
  if (unknown !== undefined || permissions.length === 0)
    throw new TaskFailure(
      `\`permissions\` ${unknown === undefined ? "is empty" : `has "${unknown}", which is none`}. Choose of ${Object.keys(LETTERS).join(", ")}.`,
    );
  return Object.entries(LETTERS)
    .flatMap(([name, letter]) => (permissions.includes(name) ? [letter] : []))
    .join("");
}

interface Grant {
  readonly permissions: string;
  /** ISO-8601 in UTC, without fractions. */
  readonly expiry: string;
}

/** "Create a service SAS" of Azure's reference, for one blob. */
function signedQuery(
  { account, key }: { readonly account: string; readonly key: Buffer },
  { container, name }: BlobPlace,
  { permissions, expiry }: Grant,
): URLSearchParams {
  const lines = {
    permissions,
    start: "",
    expiry,
    resource: `/blob/${account}/${container}/${name}`,
    identifier: "",
    addresses: "",
    protocol: "",
    version: SIGNATURE_VERSION,
    kind: "b",
    snapshot: "",
    encryptionScope: "",
    cacheControl: "",
    contentDisposition: "",
    contentEncoding: "",
    contentLanguage: "",
    contentType: "",
  };
  const sig = signature(key, Object.values(lines).join("\n"));
  return new URLSearchParams({ sv: SIGNATURE_VERSION, se: expiry, sr: "b", sp: permissions, sig });
}
