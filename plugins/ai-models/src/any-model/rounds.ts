import { formatDuration, type TaskContext, TaskFailure } from "@capstan/sdk";
import type { Provider } from "./provider.ts";
import { askProvider } from "./providers.ts";
import type { Question, Reply, Turn } from "./question.ts";
import type { Tool, ToolCall, ToolResult } from "./tool.ts";

/** How long an answer may take when the task has no `timeout`, in milliseconds. */
const ANSWER_MS_MAX = 120_000;
/** With one, that ends it first. */
const UNLIMITED_MS = 86_400_000;
/** How often a model may ask for tools, where the task doesn't say. */
export const ROUNDS_MAX = 100;
/** What a model is given of the result of a tool. */
export const RESULT_CHARACTERS_MAX = 100_000;

/** The answer of a model, with all that it asked for on the way. Tokens of the answer are those of all rounds. */
export interface Rounds {
  readonly reply: Reply;
  readonly intermediate: readonly { readonly reply: Reply; readonly durationMs: number }[];
  readonly executions: readonly (ToolCall & { readonly result: string })[];
}

export interface RoundsOptions {
  readonly provider: Provider;
  readonly question: Question;
  readonly tools?: readonly Tool[];
  readonly roundsMax?: number | undefined;
}

/**
 * Asks a model, and calls tools for it until it asks for none. What fails in a tool is told to the model, which may try something else.
 * Throws `TaskFailure` when it asks for tools more often than it may.
 */
export async function runRounds(
  context: TaskContext<unknown>,
  { provider, question, tools = [], roundsMax = ROUNDS_MAX }: RoundsOptions,
): Promise<Rounds> {
  const limit = limitOf(context);
  const turns: Turn[] = [...question.turns];
  const intermediate: { reply: Reply; durationMs: number }[] = [];
  const executions: (ToolCall & { result: string })[] = [];
  const told = tools.length === 0 ? {} : { tools: tools.map(({ spec }) => spec) };
  for (;;) {
    const startedAt = context.now();
    const reply = await askProvider(context, provider, { ...question, ...told, turns }, limit);
    const durationMs = context.now() - startedAt;
    // A model can't be held to call nothing that it wasn't given.
    if (reply.calls.length === 0 || tools.length === 0)
      return { reply: withAllTokens(reply, intermediate), intermediate, executions };
    if (intermediate.length >= roundsMax)
      throw new TaskFailure(
        `The model has asked for tools more than ${roundsMax} times. Raise \`maxSequentialToolsInvocations\` (${ROUNDS_MAX} when it is not given), or tell the model when it has enough.`,
      );
    intermediate.push({ reply, durationMs });
    const results: ToolResult[] = [];
    for (const call of reply.calls) {
      const result = await resultOf(context, tools, call);
      results.push(result);
      executions.push({ ...call, result: result.text });
    }
    turns.push(turnOf(reply), { role: "tool", parts: [], results });
  }
}

function limitOf({ task }: TaskContext<unknown>) {
  return {
    waitMs: task.timeout === undefined ? ANSWER_MS_MAX : UNLIMITED_MS,
    raise: `the task's \`timeout\` (${formatDuration(ANSWER_MS_MAX)} when it has none)`,
  };
}

function turnOf({ text, calls, native }: Reply): Turn {
  const parts = text === "" ? [] : [{ kind: "TEXT" as const, text }];
  return { role: "assistant", parts, calls, ...(native !== undefined && { native }) };
}

async function resultOf(
  { log, signal }: Pick<TaskContext<unknown>, "log" | "signal">,
  tools: readonly Tool[],
  { id, name, arguments: input }: ToolCall,
): Promise<ToolResult> {
  const tool = tools.find(({ spec }) => spec.name === name);
  if (tool === undefined) {
    log.warn(`The model wants to call ${name}, which is none of its tools.`);
    const names = tools.map(({ spec }) => spec.name).join(", ");
    return { id, name, text: `There is no tool ${name}. There are: ${names}`, isError: true };
  }
  try {
    const text = shortened(await tool.call(input));
    log.info(`The model called ${name}`);
    return { id, name, text, isError: false };
  } catch (error) {
    signal.throwIfAborted();
    const reason = (error as Error).message;
    log.warn(`The tool ${name} failed: ${reason}`);
    return { id, name, text: shortened(`The tool failed: ${reason}`), isError: true };
  }
}

function shortened(result: string): string {
  if (result.length <= RESULT_CHARACTERS_MAX) return result;
  return `${result.slice(0, RESULT_CHARACTERS_MAX)}\n… cut off: the result has ${result.length} characters, of which ${RESULT_CHARACTERS_MAX} are shown.`;
}

function withAllTokens(last: Reply, before: readonly { readonly reply: Reply }[]): Reply {
  const replies = [...before.map(({ reply }) => reply), last];
  const sum = (name: "inputTokens" | "outputTokens") => {
    const counts = replies.flatMap((reply) => reply[name] ?? []);
    return counts.length === 0 ? undefined : counts.reduce((total, count) => total + count, 0);
  };
  return { ...last, inputTokens: sum("inputTokens"), outputTokens: sum("outputTokens") };
}
