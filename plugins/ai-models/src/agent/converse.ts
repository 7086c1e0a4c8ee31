import { type TaskContext, TaskFailure } from "@capstan/sdk";
import { ask } from "../any-model/ask.ts";
import { type Configuration, formatOf } from "../any-model/configuration.ts";
import { conversed, type Source } from "../any-model/conversation-outputs.ts";
import { brokenRule, type Guardrails } from "../any-model/guardrails.ts";
import type { Provider } from "../any-model/provider.ts";
import type { Question, Turn } from "../any-model/question.ts";
import { type Element, type ElementKind, madeOf } from "../element.ts";
import { MEMORIES } from "../memory/memory-kinds.ts";
import { type Memory, recall, remember, type Remembered } from "../memory/memory.ts";
import { RETRIEVERS } from "../retrievers/retriever-kinds.ts";
import { type Retriever, toldSources } from "../retrievers/retriever.ts";
import type { Toolset } from "../tools/tool-kind.ts";
import { withTools } from "../tools/toolbox.ts";

/** A question to a model that may call tools, is given sources, and remembers. Parts with a type of their own are rendered. */
export interface Conversation {
  readonly provider: Provider;
  readonly configuration: Configuration;
  readonly systemMessage?: string | undefined;
  readonly prompt: string;
  readonly tools?: readonly Element[];
  readonly roundsMax?: number | undefined;
  readonly contentRetrievers?: readonly Element[];
  /** Beside those. */
  readonly retrievers?: readonly Retriever[];
  readonly memory?: Element | undefined;
  readonly guardrails?: Guardrails;
}

/** Has the conversation, and answers its outputs. `kinds` are those of tools: an agent is one itself. */
export async function converse(
  context: TaskContext<unknown>,
  kinds: readonly ElementKind<Toolset>[],
  conversation: Conversation,
): Promise<ReturnType<typeof conversed>> {
  const { provider, configuration, prompt, tools = [], roundsMax, guardrails } = conversation;
  if (prompt.trim() === "") throw new TaskFailure("Nothing is asked: the `prompt` is empty.");
  const format = formatOf(configuration);
  const question = { turns: [], configuration, ...(format !== undefined && { format }) };
  const violation = await brokenRule(context, guardrails?.input, { message: prompt });
  if (violation !== undefined) return conversed({ violation }, question);
  await using open = new AsyncDisposableStack();
  const memory = conversation.memory && (await madeOf(context, MEMORIES, conversation.memory));
  if (memory?.store.close !== undefined) open.defer(() => memory.store.close?.());
  const before = memory === undefined ? [] : await recall(memory);
  const sources = await sourcesOf(context, conversation);
  const asked = await withTools(context, kinds, tools, (opened) =>
    ask(context, {
      provider,
      guardrails: { output: guardrails?.output },
      question: { ...question, ...askedOf(conversation, before, sources) },
      tools: opened,
      roundsMax,
    }),
  );
  const outputs = conversed(asked, question, sources);
  if (asked.violation === undefined) await learn(memory, before, prompt, asked.reply.text);
  return outputs;
}

async function sourcesOf(
  context: TaskContext<unknown>,
  { prompt, contentRetrievers = [], retrievers = [] }: Conversation,
): Promise<readonly Source[]> {
  const all = [...retrievers];
  for (const each of contentRetrievers) all.push(await madeOf(context, RETRIEVERS, each));
  const found: Source[] = [];
  for (const retrieve of all) found.push(...(await retrieve(prompt)));
  if (all.length > 0) context.log.info(`${found.length} sources were found`);
  return found;
}

function askedOf(
  { systemMessage, prompt }: Conversation,
  before: readonly Remembered[],
  sources: readonly Source[],
): Pick<Question, "system" | "turns"> {
  const told = toldSources(sources);
  const parts = [prompt, ...(told === undefined ? [] : [told])].map((text) => ({ kind: "TEXT" as const, text }));
  const turns = before.map(({ type, text }): Turn => {
    return { role: type === "AI" ? "assistant" : "user", parts: [{ kind: "TEXT", text }] };
  });
  return {
    ...(systemMessage !== undefined && systemMessage !== "" && { system: systemMessage }),
    turns: [...turns, { role: "user", parts }],
  };
}

async function learn(
  memory: Memory | undefined,
  before: readonly Remembered[],
  prompt: string,
  answer: string,
): Promise<void> {
  if (memory === undefined) return;
  const answered: Remembered[] = answer === "" ? [] : [{ type: "AI", text: answer }];
  await remember(memory, before, [{ type: "USER", text: prompt }, ...answered]);
}
