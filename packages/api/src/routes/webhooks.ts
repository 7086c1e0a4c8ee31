import { routes } from "../route.ts";
import { execution } from "../schemas/execution.ts";

const webhook = {
  path: "/executions/webhook/{namespace}/{flowId}/{key}",
  aliases: ["/executions/webhook/{namespace}/{flowId}/{key}/*"],
  permission: "public",
  summary: "Start a flow by its webhook; the key is the credential",
  answer: execution,
  once: true,
} as const;

export const webhookRoutes = routes({
  getWebhook: { ...webhook, operation: "triggerExecutionByGetWebhook", method: "GET" },
  postWebhook: {
    ...webhook,
    operation: "triggerExecutionByPostWebhook",
    method: "POST",
    body: { kind: "text", mediaType: "text/plain", orForm: true },
  },
  putWebhook: {
    ...webhook,
    operation: "triggerExecutionByPutWebhook",
    method: "PUT",
    body: { kind: "text", mediaType: "text/plain", orForm: true },
  },
});
