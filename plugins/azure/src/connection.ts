import { secret, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";

/** Where a storage account is and who asks it: the same for every type of this plugin. */
export const connectionProperties = () => ({
  endpoint: text()
    .optional()
    .describe(
      "Address of the account's blobs, such as `https://company.blob.core.windows.net`. Default: what `connectionString` or the name of the account says.",
    ),
  connectionString: secret()
    .optional()
    .describe("Connection string of the account, with its key or a shared access signature."),
  sharedKeyAccountName: text().optional().describe("Name of the account that `sharedKeyAccountAccessKey` belongs to."),
  sharedKeyAccountAccessKey: secret().optional().describe("A key of the account, in base64."),
  sasToken: secret().optional().describe("A shared access signature, with or without `?`."),
  tenantId: text()
    .optional()
    .describe("Tenant of a service principal, in Microsoft Entra. Default: `AZURE_TENANT_ID` of the worker."),
  clientId: text()
    .optional()
    .describe(
      "Id of a service principal, or of the identity to use of several that the machine has. Default: `AZURE_CLIENT_ID` of the worker.",
    ),
  clientSecret: secret()
    .optional()
    .describe(
      "Secret of the service principal. Without any credentials, those that the worker finds are used: its environment, its workload identity, or the managed identity of its machine.",
    ),
});

export type ConnectionProperties = z.output<z.ZodObject<ReturnType<typeof connectionProperties>>>;

/** How requests show who asks. */
export type Credential =
  | { readonly kind: "key"; readonly account: string; readonly key: Buffer }
  /** The parameters of its query. */
  | { readonly kind: "signature"; readonly parameters: URLSearchParams }
  | {
      readonly kind: "token";
      readonly tenantId: string | undefined;
      readonly clientId: string | undefined;
      readonly clientSecret: string | undefined;
    };

export interface Connection {
  /** Without a slash at the end; has a path for accounts of emulators. */
  readonly endpoint: string;
  readonly credential: Credential;
}

/** The account of Azurite, which the whole world knows. */
const DEVELOPMENT = {
  AccountName: "devstoreaccount1",
  AccountKey: "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==",
  BlobEndpoint: "http://127.0.0.1:10000/devstoreaccount1",
};

/** Throws `TaskFailure`, which shows nothing secret, where it is not clear where the account is, or a key is none. */
export function connectionOf(properties: ConnectionProperties): Connection {
  const fields = properties.connectionString === undefined ? {} : fieldsOf(properties.connectionString);
  const account = properties.sharedKeyAccountName ?? fields["AccountName"];
  const endpoint = properties.endpoint ?? fields["BlobEndpoint"] ?? endpointOf(fields, account);
  if (endpoint === undefined)
    throw new TaskFailure(
      "Nothing says where the storage account is: set `connectionString`, or `endpoint` such as https://company.blob.core.windows.net.",
    );
  if (!/^https?:\/\//.test(endpoint) || !URL.canParse(endpoint))
    throw new TaskFailure("`endpoint` is no address. Write it as https://company.blob.core.windows.net.");
  const url = new URL(endpoint);
  const written = { ...properties, sasToken: properties.sasToken ?? fields["SharedAccessSignature"] };
  const signature = written.sasToken ?? (url.searchParams.has("sig") ? url.search : undefined);
  return {
    endpoint: `${url.origin}${url.pathname}`.replace(/\/+$/, ""),
    credential: credentialOf(properties, account, {
      key: properties.sharedKeyAccountAccessKey ?? fields["AccountKey"],
      signature,
    }),
  };
}

function credentialOf(
  { tenantId, clientId, clientSecret }: ConnectionProperties,
  account: string | undefined,
  { key, signature }: { readonly key: string | undefined; readonly signature: string | undefined },
): Credential {
  if (key !== undefined) {
    if (account === undefined)
      throw new TaskFailure("`sharedKeyAccountName` is missing, the name of the account that the key belongs to.");
    const bytes = Buffer.from(key, "base64");
    if (bytes.length === 0 || bytes.toString("base64") !== key.trim())
      throw new TaskFailure("The key of the storage account is not in base64. Copy it as the portal shows it.");
    return { kind: "key", account, key: bytes };
  }
  if (signature !== undefined)
    return { kind: "signature", parameters: new URLSearchParams(signature.trim().replace(/^\?/, "")) };
  return { kind: "token", tenantId, clientId, clientSecret };
}

/** `Name=value` with semicolons between; values have equals signs of their own. */
function fieldsOf(connectionString: string): Readonly<Record<string, string>> {
  const fields: Record<string, string> = {};
  for (const part of connectionString.split(";")) {
    const at = part.indexOf("=");
    if (at > 0) fields[part.slice(0, at).trim()] = part.slice(at + 1).trim();
  }
  if (fields["UseDevelopmentStorage"]?.toLowerCase() === "true") return DEVELOPMENT;
  if (Object.keys(fields).length === 0)
    throw new TaskFailure(
      "`connectionString` is none: it has no `Name=value` with semicolons between. Copy it as the portal shows it.",
    );
  return fields;
}

function endpointOf(fields: Readonly<Record<string, string>>, account: string | undefined): string | undefined {
  if (account === undefined) return undefined;
  const { DefaultEndpointsProtocol: protocol = "https", EndpointSuffix: suffix = "core.windows.net" } = fields;
  return `${protocol}://${account}.blob.${suffix}`;
}
