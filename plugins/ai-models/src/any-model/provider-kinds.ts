import { type TaskContext, TaskFailure } from "@capstan/sdk";
import { z } from "zod";
import { calling as callingAnthropic } from "../anthropic/connection.ts";
import { bearer } from "../chat-completions.ts";
import type { ModelCall } from "../model-api.ts";
import { askAsChatCompletion, type Dialect } from "./as-chat-completion.ts";
import { askAsContent } from "./as-content.ts";
import { askAsMessage } from "./as-message.ts";
import { drawAsContent, drawAsGeneration, type Drawing } from "./draw.ts";
import { embedAsBatch, embedAsList, type Embedded } from "./embed.ts";
import { embeddingModel } from "./gemini-embedding.ts";
import { needed, PROPERTIES, type Provider } from "./provider.ts";
import type { Question, Reply } from "./question.ts";

export type Limit = NonNullable<ModelCall<unknown>["limit"]>;
/** Where an API is, and as whom it is called. */
export type ApiServer = Pick<ModelCall<unknown>, "vendor" | "baseUrl" | "headers" | "params">;

type Context = TaskContext<unknown>;

export interface ProviderKind {
  readonly name: string;
  /** Of `PROPERTIES`, beside those that all have. */
  readonly properties: () => z.ZodRawShape;
  /** Parts of the configuration that its API has no parameter for. */
  readonly lacks: readonly ("topK" | "seed" | "thinkingEnabled")[];
  readonly ask: (context: Context, provider: Provider, question: Question, limit: Limit) => Promise<Reply>;
  /** Absent where it has no models for that. */
  readonly embed?: (context: Context, provider: Provider, texts: readonly string[]) => Promise<Embedded>;
  readonly draw?: (context: Context, provider: Provider, prompt: string) => Promise<Drawing>;
}

const PLAIN: Dialect = { maxTokens: "max_tokens", seed: "seed" };

interface ChatServer {
  readonly name: string;
  readonly properties: ProviderKind["properties"];
  readonly serverOf: (provider: Provider) => ApiServer;
  readonly dialect?: Dialect;
  /** Parameters of its own in a question. */
  readonly ownOf?: (provider: Provider) => Readonly<Record<string, unknown>>;
  readonly hasEmbeddings?: boolean;
  readonly hasImages?: boolean;
}

/** A provider whose API is that of chat completions. */
function chatServer(server: ChatServer): ProviderKind {
  const { name, properties, serverOf, dialect = PLAIN, ownOf, hasEmbeddings, hasImages } = server;
  return {
    name,
    properties,
    lacks: [
      ...(dialect.hasTopK === true ? [] : ["topK" as const]),
      ...(dialect.seed === undefined ? ["seed" as const] : []),
      "thinkingEnabled",
    ],
    ask: (context, provider, question, limit) => {
      const { modelName: model } = provider;
      return askAsChatCompletion(
        context,
        { ...serverOf(provider), model, dialect, limit, ...(ownOf !== undefined && { own: ownOf(provider) }) },
        question,
      );
    },
    ...(hasEmbeddings === true && {
      embed: (context, provider, texts) => embedAsList(context, serverOf(provider), provider.modelName, texts),
    }),
    ...(hasImages === true && {
      draw: (context, provider, prompt) => drawAsGeneration(context, serverOf(provider), provider.modelName, prompt),
    }),
  };
}

/** One that is called with a key, at an address of its own. */
function withKey(name: string, baseUrl: string, more: Partial<ChatServer> = {}): ProviderKind {
  return chatServer({
    name,
    properties: () => ({ apiKey: PROPERTIES.apiKey() }),
    serverOf: (provider) => ({
      vendor: name,
      baseUrl: provider.baseUrl ?? baseUrl,
      headers: bearer(needed(provider, "apiKey")),
    }),
    ...more,
  });
}

/** A server of one's own, which asks for no key. */
function withoutKey(
  name: string,
  properties: ProviderKind["properties"],
  baseUrlOf: (provider: Provider) => string,
  more: Partial<ChatServer> = {},
): ProviderKind {
  const serverOf = (provider: Provider) => ({
    vendor: name,
    baseUrl: baseUrlOf(provider),
    headers: provider.apiKey === undefined ? {} : bearer(provider.apiKey),
  });
  return chatServer({ name, properties, serverOf, hasEmbeddings: true, ...more });
}

const AZURE_VERSION = "2024-10-21";

const azureOpenAi = chatServer({
  name: "AzureOpenAI",
  properties: () => ({
    endpoint: PROPERTIES.endpoint(),
    apiKey: PROPERTIES.apiKey().optional(),
    serviceVersion: PROPERTIES.serviceVersion().optional(),
    tenantId: PROPERTIES.tenantId().optional(),
    clientId: PROPERTIES.clientId().optional(),
    clientSecret: PROPERTIES.clientSecret().optional(),
  }),
  dialect: { maxTokens: "max_completion_tokens", seed: "seed" },
  serverOf: (provider) => {
    const { modelName, serviceVersion = AZURE_VERSION } = provider;
    const endpoint = trimmed(provider.baseUrl ?? needed(provider, "endpoint"));
    return {
      vendor: "Azure OpenAI",
      baseUrl: `${endpoint}/openai/deployments/${encodeURIComponent(modelName)}`,
      params: { "api-version": serviceVersion },
      headers: { "api-key": needed(provider, "apiKey") },
    };
  },
  hasEmbeddings: true,
  hasImages: true,
});

const anthropic: ProviderKind = {
  name: "Anthropic",
  properties: () => ({ apiKey: PROPERTIES.apiKey(), maxTokens: PROPERTIES.maxTokens().optional() }),
  lacks: ["seed"],
  ask: (context, provider, question, limit) => {
    const { modelName: model, maxTokens, baseUrl = "https://api.anthropic.com/v1" } = provider;
    const server = callingAnthropic({ apiKey: needed(provider, "apiKey"), baseUrl });
    return askAsMessage(context, { ...server, model, maxTokens, limit }, question);
  },
};

function geminiOf(provider: Provider) {
  const { modelName: model, baseUrl = "https://generativelanguage.googleapis.com/v1beta" } = provider;
  return { apiKey: needed(provider, "apiKey"), baseUrl, model };
}

function embeddingOf({ embeddingModelConfiguration: { taskType, outputDimensionality: dimensions } = {} }: Provider) {
  return { ...(taskType !== undefined && { taskType }), ...(dimensions !== undefined && { dimensions }) };
}

const googleGemini: ProviderKind = {
  name: "GoogleGemini",
  properties: () => ({
    apiKey: PROPERTIES.apiKey().optional(),
    embeddingModelConfiguration: embeddingModel().optional().describe("How texts are embedded."),
  }),
  lacks: [],
  ask: (context, provider, question, limit) => askAsContent(context, { ...geminiOf(provider), limit }, question),
  embed: (context, provider, texts) =>
    embedAsBatch(context, { ...geminiOf(provider), ...embeddingOf(provider) }, texts),
  draw: (context, provider, prompt) => drawAsContent(context, geminiOf(provider), prompt),
};

const gitHubModels = chatServer({
  name: "GitHubModels",
  properties: () => ({ gitHubToken: PROPERTIES.gitHubToken() }),
  serverOf: (provider) => ({
    vendor: "GitHub Models",
    baseUrl: provider.baseUrl ?? "https://models.github.ai/inference",
    headers: bearer(needed(provider, "gitHubToken")),
  }),
  hasEmbeddings: true,
});

const workersAi = chatServer({
  name: "WorkersAI",
  properties: () => ({ apiKey: PROPERTIES.apiKey(), accountId: PROPERTIES.accountId() }),
  serverOf: (provider) => {
    const account = encodeURIComponent(needed(provider, "accountId"));
    return {
      vendor: "Workers AI",
      baseUrl: provider.baseUrl ?? `https://api.cloudflare.com/client/v4/accounts/${account}/ai/v1`,
      headers: bearer(needed(provider, "apiKey")),
    };
  },
  hasEmbeddings: true,
});

const zhiPuAi = withKey("ZhiPuAI", "", {
  properties: () => ({
    apiKey: PROPERTIES.apiKey(),
    maxToken: PROPERTIES.maxToken().optional(),
    stops: PROPERTIES.stops().optional(),
    maxRetries: PROPERTIES.maxRetries().optional(),
  }),
  serverOf: (provider) => ({
    vendor: "ZhiPu AI",
    // The address is that of the server alone.
    baseUrl: `${trimmed(provider.baseUrl ?? "https://open.bigmodel.cn")}/api/paas/v4`,
    headers: bearer(needed(provider, "apiKey")),
  }),
  dialect: { maxTokens: "max_tokens", isSchemaTold: true },
  ownOf: ({ stops, maxToken }) => ({ stop: stops, max_tokens: maxToken }),
  hasEmbeddings: true,
  hasImages: true,
});

const dashScope = withKey("DashScope", "", {
  properties: () => ({
    apiKey: PROPERTIES.apiKey(),
    maxTokens: PROPERTIES.maxTokens().optional(),
    enableSearch: PROPERTIES.enableSearch().optional(),
    repetitionPenalty: PROPERTIES.repetitionPenalty().optional(),
  }),
  serverOf: (provider) => ({
    vendor: "DashScope",
    // Flows name the address of the vendor's own API; the one of chat completions is beside it.
    baseUrl: trimmed(provider.baseUrl ?? "https://dashscope-intl.aliyuncs.com/api/v1").replace(
      /\/api\/v1$/,
      "/compatible-mode/v1",
    ),
    headers: bearer(needed(provider, "apiKey")),
  }),
  dialect: { ...PLAIN, hasTopK: true, isSchemaTold: true },
  ownOf: ({ maxTokens, enableSearch, repetitionPenalty }) => ({
    max_tokens: maxTokens,
    enable_search: enableSearch,
    repetition_penalty: repetitionPenalty,
  }),
  hasEmbeddings: true,
});

function trimmed(url: string): string {
  return url.trim().replace(/\/+$/, "");
}

export const KINDS: readonly ProviderKind[] = [
  withKey("OpenAI", "https://api.openai.com/v1", {
    dialect: { maxTokens: "max_completion_tokens", seed: "seed" },
    hasEmbeddings: true,
    hasImages: true,
  }),
  azureOpenAi,
  anthropic,
  googleGemini,
  withKey("MistralAI", "https://api.mistral.ai/v1", {
    dialect: { maxTokens: "max_tokens", seed: "random_seed" },
    hasEmbeddings: true,
  }),
  withKey("DeepSeek", "https://api.deepseek.com/v1", { dialect: { maxTokens: "max_tokens", isSchemaTold: true } }),
  withKey("OpenRouter", "https://openrouter.ai/api/v1", { dialect: { ...PLAIN, hasTopK: true }, hasEmbeddings: true }),
  withKey("HuggingFace", "https://router.huggingface.co/v1"),
  gitHubModels,
  workersAi,
  zhiPuAi,
  dashScope,
  withoutKey(
    "Ollama",
    () => ({ endpoint: PROPERTIES.endpoint() }),
    (provider) => provider.baseUrl ?? `${trimmed(needed(provider, "endpoint"))}/v1`,
  ),
  withoutKey(
    "LocalAI",
    () => ({ baseUrl: PROPERTIES.endpoint() }),
    (provider) => needed(provider, "baseUrl"),
    { hasImages: true },
  ),
  withoutKey(
    "DockerModel",
    () => ({ apiKey: PROPERTIES.apiKey().optional() }),
    ({ baseUrl = "http://localhost:12434/engines/v1" }) => baseUrl,
  ),
];

/** Throws `TaskFailure` for a provider whose models can't do what is wanted. */
export function ableTo<Name extends "embed" | "draw">(kind: ProviderKind, name: Name): NonNullable<ProviderKind[Name]> {
  const able = kind[name];
  if (able !== undefined) return able;
  const others = KINDS.flatMap((each) => (each[name] === undefined ? [] : [each.name])).join(", ");
  const what = name === "embed" ? "embeds texts" : "draws images";
  throw new TaskFailure(`${kind.name} has no model here that ${what}. These have: ${others}.`);
}
