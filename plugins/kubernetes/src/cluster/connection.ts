import { dynamic, secret, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { basicHeader, type ClusterAccess, type TlsOptions } from "./access.ts";
import { accessOf, parseKubeconfig } from "./kubeconfig.ts";
import { ownAccess } from "./own-access.ts";

/** Which cluster, and as whom; names as in Kestra, which has them from the client library of Fabric8. */
export const connectionObject = () =>
  z.object({
    masterUrl: text().optional().describe("Address of the API server, such as `https://10.0.0.1:6443`."),
    namespace: text().optional().describe("The namespace where the task names none."),
    caCertData: text()
      .optional()
      .describe("Certificate of the authority that the server is trusted by: PEM, or that in base64."),
    clientCertData: text().optional().describe("Certificate of the client: PEM, or that in base64."),
    clientKeyData: secret().optional().describe("Key of the client's certificate: PEM, or that in base64."),
    clientKeyPassphrase: secret().optional().describe("What opens the key."),
    oauthToken: secret().optional().describe("Token, such as that of a service account."),
    username: text().optional().describe("Name of the user, for a server that asks for a password."),
    password: secret().optional().describe("Password of the user."),
    trustCerts: dynamic(z.boolean())
      .default(false)
      .describe("Trust a server whatever certificate it has. Everybody on the way can read and change what is said."),
    disableHostnameVerification: dynamic(z.boolean())
      .default(false)
      .describe("Trust a certificate that names another host."),
    apiVersion: text().optional().meta({ deprecated: true, description: "Has no effect." }),
    kubeconfig: secret()
      .optional()
      .describe(
        "A whole kubeconfig, in place of the properties above. It may name no files and programs of the worker.",
      ),
    context: text().optional().describe("The context of the kubeconfig; its current one by default."),
  });

export type Connection = z.output<ReturnType<typeof connectionObject>>;

/** Finds the access that a connection describes; the worker's own where there is none. Throws `TaskFailure`. */
export async function findAccess(connection: Connection | undefined): Promise<ClusterAccess> {
  if (connection === undefined) return ownAccess();
  const { masterUrl, kubeconfig, context, namespace } = connection;
  if (kubeconfig !== undefined) {
    const access = await accessOf(parseKubeconfig(kubeconfig, { isTrusted: false }), context);
    return { ...access, namespace: namespace ?? access.namespace };
  }
  const base = masterUrl === undefined ? await ownAccess() : { server: serverOf(masterUrl), tls: {} };
  const authorization = authorizationOf(connection);
  return {
    ...base,
    namespace: namespace ?? ("namespace" in base ? base.namespace : undefined),
    tls: { ...base.tls, ...tlsOf(connection) },
    headers: async () => ({
      ...("headers" in base ? await base.headers() : {}),
      ...(authorization !== undefined && { authorization }),
    }),
  };
}

function authorizationOf({ oauthToken, username, password }: Connection): string | undefined {
  if (oauthToken !== undefined) return `Bearer ${oauthToken}`;
  return username === undefined || password === undefined ? undefined : basicHeader(username, password);
}

function tlsOf(connection: Connection): TlsOptions {
  const pems = {
    ca: pemOf(connection.caCertData, "caCertData"),
    cert: pemOf(connection.clientCertData, "clientCertData"),
    key: pemOf(connection.clientKeyData, "clientKeyData"),
    passphrase: connection.clientKeyPassphrase,
  };
  return {
    ...Object.fromEntries(Object.entries(pems).filter(([, pem]) => pem !== undefined)),
    ...(connection.trustCerts && { rejectUnauthorized: false }),
    ...(connection.disableHostnameVerification && { isAnyHost: true }),
  };
}

function serverOf(masterUrl: string): string {
  const url = URL.parse(masterUrl);
  if (url !== null && /^https?:$/.test(url.protocol)) return masterUrl.trim().replace(/\/+$/, "");
  throw new TaskFailure(
    `\`masterUrl\` is ${JSON.stringify(masterUrl)}: write an address such as https://10.0.0.1:6443`,
  );
}

function pemOf(given: string | undefined, name: string): string | undefined {
  if (given === undefined || given.trim() === "") return undefined;
  const text = given.includes("-----BEGIN") ? given : Buffer.from(given, "base64").toString("utf8");
  if (text.includes("-----BEGIN")) return text;
  throw new TaskFailure(`\`${name}\` is neither PEM nor PEM in base64`);
}
