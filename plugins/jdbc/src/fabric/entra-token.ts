import { TaskFailure } from "@capstan/sdk";
import { callApi, exchangeOptions, textBody } from "@capstan/sdk/http";
import { z } from "zod";

/** A service principal of Microsoft Entra. */
export interface Principal {
  readonly tenantId?: string | undefined;
  readonly clientId?: string | undefined;
  readonly clientSecret?: string | undefined;
}

/** What tokens are asked for: to come into databases. */
const SCOPE = "https://database.windows.net/.default";

const answered = z.object({ access_token: z.string().min(1) });

/** A token for databases, which is good for an hour or so. Throws `TaskFailure`, without the secret. */
export async function databaseToken(
  written: Principal,
  {
    authority,
    environment,
    signal,
  }: { readonly authority: string; readonly environment: NodeJS.ProcessEnv; readonly signal: AbortSignal },
): Promise<string> {
  const tenantId = written.tenantId ?? environment["AZURE_TENANT_ID"];
  const clientId = written.clientId ?? environment["AZURE_CLIENT_ID"];
  const clientSecret = written.clientSecret ?? environment["AZURE_CLIENT_SECRET"];
  if (tenantId === undefined || clientId === undefined || clientSecret === undefined)
    throw new TaskFailure(
      "Nobody connects: give `tenantId`, `clientId` and `clientSecret` of a service principal, or AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET to the worker.",
    );
  const form = { grant_type: "client_credentials", client_id: clientId, client_secret: clientSecret, scope: SCOPE };
  const answer = await callApi(signal, {
    what: "Asking Microsoft Entra for a token",
    url: `${authority}/${encodeURIComponent(tenantId)}/oauth2/v2.0/token`,
    content: textBody(new URLSearchParams(form).toString(), "application/x-www-form-urlencoded"),
    adviceFor: () => "Check `tenantId`, `clientId` and `clientSecret`, and that the secret is still good.",
    options: exchangeOptions({}),
  });
  const parsed = answered.safeParse(answer);
  if (!parsed.success) throw new TaskFailure("Asking Microsoft Entra for a token was answered without one.");
  return parsed.data.access_token;
}
