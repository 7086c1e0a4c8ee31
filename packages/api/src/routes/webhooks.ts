import { routes } from "../route.ts";
import { execution } from "../schemas/execution.ts";

const webhook = {
  path: "/executions/webhook/{namespace}/{flowId}/{key}",
  aliases: ["/executions/webhook/{namespace}/{flowId}/{key}/*"],
  permission: "public",
  summary: "Start a flow by its webhook; the key is the credential",
  answer: execution,
} as const;

export const webhookRoutes = routes({
  getWebhook: { ...webhook, method: "GET" },
  postWebhook: { ...webhook, method: "POST", body: { kind: "text", mediaType: "text/plain" } },
  putWebhook: { ...webhook, method: "PUT", body: { kind: "text", mediaType: "text/plain" } },
});
