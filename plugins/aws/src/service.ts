import { dynamic } from "@capstan/sdk";
import { z } from "zod";
import {
  type Asker,
  clientSettings,
  type ConnectionProperties,
  connectionOf,
  connectionProperties,
} from "./connection.ts";

/** The connection of services other than S3, with what is said for S3 where the properties of all types have one default. */
export const serviceProperties = () => ({
  ...connectionProperties(),
  compatibilityMode: unused("Taken, and without effect: only S3 has older servers."),
  forcePathStyle: unused("Taken, and without effect: only S3 has buckets."),
});

function unused(description: string) {
  return dynamic(z.boolean()).optional().describe(description);
}

type ServiceConnection = Omit<ConnectionProperties, "compatibilityMode" | "forcePathStyle">;

/** A task, or a trigger, that asks a service. */
export type Asking = { readonly properties: ServiceConnection; readonly signal: AbortSignal } & (
  | { readonly identity: Asker }
  | Asker
);

/** A client of one service, and what ends its requests. `using` closes the connections. */
export interface ServiceAccess<Client> extends Disposable {
  readonly client: Client;
  /** For each request. */
  readonly ending: { readonly abortSignal: AbortSignal };
}

export type ClientSettings = Awaited<ReturnType<typeof clientSettings>>;

/** `make` loads the library of the service and makes a client. `arn` is of what is asked for: it says the region, if nothing else does. */
export async function openService<Client extends { destroy(): void }>(
  asking: Asking,
  make: (settings: ClientSettings) => Promise<Client>,
  arn = "",
): Promise<ServiceAccess<Client>> {
  const { properties, signal } = asking;
  signal.throwIfAborted();
  const asker = "identity" in asking ? asking.identity : asking;
  const region = properties.region ?? regionOfArn(arn);
  const client = await make(await clientSettings(connectionOf({ ...properties, region }, asker)));
  return { client, ending: { abortSignal: signal }, [Symbol.dispose]: () => client.destroy() };
}

/** As in `arn:aws:sns:eu-central-1:123456789012:orders`; undefined for a bare name. */
function regionOfArn(arn: string): string | undefined {
  return /^arn:[^:]*:[^:]*:([^:]+):/.exec(arn)?.[1];
}
