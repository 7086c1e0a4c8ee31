import { describeType, type TaskContext, TaskFailure, type TypeDefinition } from "@capstan/sdk";
import { z } from "zod";
import { calling as callingAnthropic } from "../anthropic/connection.ts";
import { bearer } from "../chat-completions.ts";
import type { ModelCall } from "../model-api.ts";
import { askAsChatCompletion, type Dialect } from "./as-chat-completion.ts";
import { askAsContent } from "./as-content.ts";
import { askAsMessage } from "./as-message.ts";
import { checkSupported, needed, PROPERTIES, type Provider } from "./provider.ts";
import type { Question, Reply } from "./question.ts";

type Limit = NonNullable<ModelCall<unknown>["limit"]>;
type Ask = (context: TaskContext<unknown>, provider: Provider, question: Question, limit: Limit) => Promise<Reply>;

interface ProviderKind {
  readonly name: string;
  readonly title: string;
  /** Of `PROPERTIES`, beside those that all have. */
  readonly properties: () => z.ZodRawShape;
  /** Parts of the configuration that its API has no parameter for. */
  readonly lacks: readonly ("topK" | "seed" | "thinkingEnabled")[];
  readonly ask: Ask;
}

const PLAIN: Dialect = { maxTokens: "max_tokens", seed: "seed" };

/** A provider with a key whose API is that of chat completions. */
function likeOpenAi(name: string, baseUrl: string, dialect: Dialect = PLAIN): ProviderKind {
  return {
    name,
    title: `Models of ${name}`,
    properties: () => ({ apiKey: PROPERTIES.apiKey() }),
    lacks: lacksOf(dialect),
    ask: (context, provider, question, limit) =>
      askAsChatCompletion(
        context,
        {
          vendor: name,
          baseUrl: provider.baseUrl ?? baseUrl,
          headers: bearer(needed(provider, "apiKey")),
          model: provider.modelName,
          dialect,
          limit,
        },
        question,
      ),
  };
}

function lacksOf({ seed, hasTopK }: Dialect): ProviderKind["lacks"] {
  return [
    ...(hasTopK === true ? [] : ["topK" as const]),
    ...(seed === undefined ? ["seed" as const] : []),
    "thinkingEnabled",
  ];
}

/** A server of one's own with that API, which asks for no key. */
function withoutKey(
  name: string,
  properties: ProviderKind["properties"],
  baseUrlOf: (provider: Provider) => string,
): ProviderKind {
  return {
    name,
    title: `Models of ${name}`,
    properties,
    lacks: lacksOf(PLAIN),
    ask: (context, provider, question, limit) => {
      const { apiKey, modelName: model } = provider;
      const headers = apiKey === undefined ? {} : bearer(apiKey);
      const server = { vendor: name, baseUrl: baseUrlOf(provider), headers, model, dialect: PLAIN, limit };
      return askAsChatCompletion(context, server, question);
    },
  };
}

const AZURE_VERSION = "2024-10-21";
const AZURE: Dialect = { maxTokens: "max_completion_tokens", seed: "seed" };

const azureOpenAi: ProviderKind = {
  name: "AzureOpenAI",
  title: "Models of Azure OpenAI",
  properties: () => ({
    endpoint: PROPERTIES.endpoint(),
    apiKey: PROPERTIES.apiKey().optional(),
    serviceVersion: PROPERTIES.serviceVersion().optional(),
    tenantId: PROPERTIES.tenantId().optional(),
    clientId: PROPERTIES.clientId().optional(),
    clientSecret: PROPERTIES.clientSecret().optional(),
  }),
  lacks: lacksOf(AZURE),
  ask: (context, provider, question, limit) => {
    const { modelName: model, serviceVersion = AZURE_VERSION } = provider;
    const endpoint = (provider.baseUrl ?? needed(provider, "endpoint")).replace(/\/+$/, "");
    const server = {
      vendor: "Azure OpenAI",
      baseUrl: `${endpoint}/openai/deployments/${encodeURIComponent(model)}`,
      params: { "api-version": serviceVersion },
      headers: { "api-key": needed(provider, "apiKey") },
      limit,
    };
    return askAsChatCompletion(context, { ...server, model, dialect: AZURE }, question);
  },
};

const anthropic: ProviderKind = {
  name: "Anthropic",
  title: "Models of Anthropic",
  properties: () => ({ apiKey: PROPERTIES.apiKey(), maxTokens: PROPERTIES.maxTokens().optional() }),
  lacks: ["seed"],
  ask: (context, provider, question, limit) => {
    const { modelName: model, maxTokens, baseUrl = "https://api.anthropic.com/v1" } = provider;
    const server = callingAnthropic({ apiKey: needed(provider, "apiKey"), baseUrl });
    return askAsMessage(context, { ...server, model, maxTokens, limit }, question);
  },
};

const googleGemini: ProviderKind = {
  name: "GoogleGemini",
  title: "Models of Google Gemini",
  properties: () => ({
    apiKey: PROPERTIES.apiKey().optional(),
    embeddingModelConfiguration: z
      .unknown()
      .optional()
      .describe("How texts are embedded; nothing that is asked uses it."),
  }),
  lacks: [],
  ask: (context, provider, question, limit) => {
    const { modelName: model, baseUrl = "https://generativelanguage.googleapis.com/v1beta" } = provider;
    return askAsContent(context, { apiKey: needed(provider, "apiKey"), baseUrl, model, limit }, question);
  },
};

const KINDS: readonly ProviderKind[] = [
  likeOpenAi("OpenAI", "https://api.openai.com/v1", { maxTokens: "max_completion_tokens", seed: "seed" }),
  azureOpenAi,
  anthropic,
  googleGemini,
  likeOpenAi("MistralAI", "https://api.mistral.ai/v1", { maxTokens: "max_tokens", seed: "random_seed" }),
  likeOpenAi("DeepSeek", "https://api.deepseek.com/v1", { maxTokens: "max_tokens", isSchemaTold: true }),
  likeOpenAi("OpenRouter", "https://openrouter.ai/api/v1", { ...PLAIN, hasTopK: true }),
  likeOpenAi("HuggingFace", "https://router.huggingface.co/v1"),
  withoutKey(
    "Ollama",
    () => ({ endpoint: PROPERTIES.endpoint() }),
    (provider) => provider.baseUrl ?? `${needed(provider, "endpoint").replace(/\/+$/, "")}/v1`,
  ),
  withoutKey(
    "LocalAI",
    () => ({ baseUrl: PROPERTIES.endpoint() }),
    (provider) => needed(provider, "baseUrl"),
  ),
  withoutKey(
    "DockerModel",
    () => ({ apiKey: PROPERTIES.apiKey().optional() }),
    ({ baseUrl = "http://localhost:12434/engines/v1" }) => baseUrl,
  ),
];

/** May be left out. */
const PREFIX = "io.kestra.plugin.";
const NAMES = `${PREFIX}ai.provider.`;
const OLD_NAMES = `${PREFIX}langchain4j.provider.`;
/** Those that came later never had the older name. */
const NEWER = new Set(["HuggingFace", "DockerModel"]);

/** What may stand as a `provider`, for the checks of a flow. */
export const PROVIDERS: readonly TypeDefinition[] = KINDS.map(({ name, title, properties }) =>
  describeType({
    type: NAMES + name,
    aliases: NEWER.has(name) ? [] : [OLD_NAMES + name],
    element: "other",
    title,
    properties: () =>
      z.object({
        modelName: PROPERTIES.modelName(),
        baseUrl: PROPERTIES.baseUrl(),
        ...properties(),
        clientPem: PROPERTIES.clientPem().optional(),
        caPem: PROPERTIES.caPem().optional(),
      }),
  }),
);

/** Asks the model of a provider. Throws `TaskFailure` for one that is not there, and for what it can't be given. */
export async function askProvider(
  context: TaskContext<unknown>,
  provider: Provider,
  question: Question,
  limit: Limit,
): Promise<Reply> {
  const { type } = provider;
  const named = type.startsWith(PREFIX) ? type : PREFIX + type;
  const kind = KINDS.find(({ name }) => named === NAMES + name || named === OLD_NAMES + name);
  if (kind === undefined)
    throw new TaskFailure(
      `"${type}" is no provider that is known here. There are ${KINDS.map(({ name }) => name).join(", ")} of ${NAMES.slice(0, -1)}.`,
    );
  checkSupported(provider);
  for (const name of kind.lacks)
    if (question.configuration[name] !== undefined && question.configuration[name] !== false)
      context.log.warn(`\`configuration.${name}\` is left out: ${kind.name} has no parameter for it.`);
  return kind.ask(context, provider, question, limit);
}
