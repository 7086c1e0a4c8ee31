import { dynamic, secret, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import { embeddingModel } from "./gemini-embedding.ts";

/** Properties that are not supported yet, and what to do in their place. */
const INSTEAD = {
  clientPem: "Let a proxy present the certificate.",
  caPem: "Let the worker trust the certificate, with NODE_EXTRA_CA_CERTS.",
  tenantId: "Give an `apiKey`.",
  clientId: "Give an `apiKey`.",
  clientSecret: "Give an `apiKey`.",
} as const;

const unsupported = (name: keyof typeof INSTEAD) => `Not supported yet. ${INSTEAD[name]}`;

/** Properties that providers have, each some of them. */
export const PROPERTIES = {
  modelName: () => text().describe("The model."),
  apiKey: () => secret().describe("Key of the API."),
  baseUrl: () => text().optional().describe("Address of the API up to its version, for a proxy of it."),
  endpoint: () => text().describe("Address of the server."),
  maxTokens: () => dynamic(z.int().min(1)).describe("Tokens that an answer may have."),
  serviceVersion: () => text().describe("Version of the API."),
  tenantId: () => text().describe(unsupported("tenantId")),
  clientId: () => text().describe(unsupported("clientId")),
  clientSecret: () => secret().describe(unsupported("clientSecret")),
  gitHubToken: () => secret().describe("Token of GitHub that may use models."),
  accountId: () => text().describe("Account at Cloudflare."),
  maxToken: () => dynamic(z.int().min(1)).describe("Tokens that an answer may have."),
  stops: () => dynamic(z.array(text())).describe("Texts that end an answer."),
  maxRetries: () =>
    dynamic(z.int()).meta({
      deprecated: true,
      description: "Accepted for compatibility, without effect: use the `retry` of the task.",
    }),
  enableSearch: () => dynamic(z.boolean()).describe("Whether the model may search the web."),
  repetitionPenalty: () => dynamic(z.number()).describe("How much repetitions are avoided; 1 is not at all."),
  clientPem: () => secret().describe(unsupported("clientPem")),
  caPem: () => text().describe(unsupported("caPem")),
};

/** `provider` of a task: what any of them has. Which of it belongs to which is checked by the definitions of the providers. */
export const provider = () =>
  z
    .looseObject({
      type: z.string().describe("Which provider."),
      modelName: PROPERTIES.modelName(),
      apiKey: PROPERTIES.apiKey().optional(),
      baseUrl: PROPERTIES.baseUrl(),
      endpoint: PROPERTIES.endpoint().optional(),
      maxTokens: PROPERTIES.maxTokens().optional(),
      serviceVersion: PROPERTIES.serviceVersion().optional(),
      tenantId: PROPERTIES.tenantId().optional(),
      clientId: PROPERTIES.clientId().optional(),
      clientSecret: PROPERTIES.clientSecret().optional(),
      gitHubToken: PROPERTIES.gitHubToken().optional(),
      accountId: PROPERTIES.accountId().optional(),
      maxToken: PROPERTIES.maxToken().optional(),
      stops: PROPERTIES.stops().optional(),
      maxRetries: PROPERTIES.maxRetries().optional(),
      enableSearch: PROPERTIES.enableSearch().optional(),
      repetitionPenalty: PROPERTIES.repetitionPenalty().optional(),
      embeddingModelConfiguration: embeddingModel().optional().describe("How Gemini embeds texts."),
      clientPem: PROPERTIES.clientPem().optional(),
      caPem: PROPERTIES.caPem().optional(),
    })
    .describe("Whose model it is: a `type` such as io.kestra.plugin.ai.provider.OpenAI, its `modelName`, and a key.");

export type Provider = z.output<ReturnType<typeof provider>>;

/** Throws `TaskFailure` for what would be left out although the connection depends on it. */
export function checkSupported(written: Provider): void {
  for (const [name, instead] of Object.entries(INSTEAD))
    if (written[name] !== undefined) throw new TaskFailure(`\`provider.${name}\` is not supported yet. ${instead}`);
}

/** A property that this provider can't do without. */
export function needed(
  written: Provider,
  name: "apiKey" | "endpoint" | "baseUrl" | "gitHubToken" | "accountId",
): string {
  const value = written[name];
  if (value !== undefined && value !== "") return value;
  throw new TaskFailure(`\`provider.${name}\` is missing, which ${written.type.split(".").at(-1)} needs.`);
}
