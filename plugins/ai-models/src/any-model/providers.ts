import { describeType, type TaskContext, TaskFailure, type TypeDefinition } from "@capstan/sdk";
import { z } from "zod";
import type { Drawing } from "./draw.ts";
import type { Embedded } from "./embed.ts";
import { ableTo, KINDS, type Limit, type ProviderKind } from "./provider-kinds.ts";
import { checkSupported, PROPERTIES, type Provider } from "./provider.ts";
import type { Question, Reply } from "./question.ts";

/** May be left out. */
const PREFIX = "io.kestra.plugin.";
const NAMES = `${PREFIX}ai.provider.`;
const OLD_NAMES = `${PREFIX}langchain4j.provider.`;
/** Those that came later never had the older name. */
const NEWER = new Set(["HuggingFace", "DockerModel", "GitHubModels", "ZhiPuAI", "DashScope"]);

/** What may stand as a `provider`, for the checks of a flow. */
export const PROVIDERS: readonly TypeDefinition[] = KINDS.map(({ name, properties }) =>
  describeType({
    type: NAMES + name,
    aliases: NEWER.has(name) ? [] : [OLD_NAMES + name],
    element: "other",
    title: `Models of ${name}`,
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

/** Throws `TaskFailure` for a provider that is not there, and for what it can't be given. */
function kindOf(provider: Provider): ProviderKind {
  const { type } = provider;
  const named = type.startsWith(PREFIX) ? type : PREFIX + type;
  const kind = KINDS.find(({ name }) => named === NAMES + name || named === OLD_NAMES + name);
  if (kind === undefined)
    throw new TaskFailure(
      `"${type}" is no provider that is known here. There are ${KINDS.map(({ name }) => name).join(", ")} of ${NAMES.slice(0, -1)}.`,
    );
  checkSupported(provider);
  return kind;
}

/** Asks the model of a provider. Throws `TaskFailure` for one that is not there, and for what it can't be given. */
export async function askProvider(
  context: TaskContext<unknown>,
  provider: Provider,
  question: Question,
  limit: Limit,
): Promise<Reply> {
  const kind = kindOf(provider);
  for (const name of kind.lacks)
    if (question.configuration[name] !== undefined && question.configuration[name] !== false)
      context.log.warn(`\`configuration.${name}\` is left out: ${kind.name} has no parameter for it.`);
  return kind.ask(context, provider, question, limit);
}

/** Has the model of a provider make vectors of texts, in their order. Throws `TaskFailure` for one whose models can't. */
export async function embedWith(
  context: TaskContext<unknown>,
  provider: Provider,
  texts: readonly string[],
): Promise<Embedded> {
  return ableTo(kindOf(provider), "embed")(context, provider, texts);
}

/** Has the model of a provider draw an image. Throws `TaskFailure` for one whose models can't. */
export async function drawWith(context: TaskContext<unknown>, provider: Provider, prompt: string): Promise<Drawing> {
  return ableTo(kindOf(provider), "draw")(context, provider, prompt);
}
