import type { Kinesis } from "@aws-sdk/client-kinesis";
import { type Asking, openService, type ServiceAccess } from "../service.ts";

/** Loads the library at the first call. `using` closes the connections. */
export function openKinesis(context: Asking, streamArn?: string): Promise<ServiceAccess<Kinesis>> {
  return openService(
    context,
    async (settings) => {
      const { Kinesis } = await import("@aws-sdk/client-kinesis");
      const { NodeHttpHandler } = await import("@smithy/node-http-handler");
      // Left to itself it speaks HTTP/2, which proxies and other servers don't, and none of our requests needs.
      return new Kinesis({ ...settings, requestHandler: NodeHttpHandler.create(settings.requestHandler) });
    },
    streamArn,
  );
}
