import type { TaskContext } from "@capstan/sdk";
import { type ChatCall, type ChatChoice, firstText, requestChat } from "../chat-completions.ts";
import { isStrict } from "../json-schema-text.ts";
import { type JsonFormat, toldFormat } from "./configuration.ts";
import {
  finishReasonOf,
  type Part,
  type Question,
  type Reply,
  textIn,
  type Turn,
  withInstruction,
} from "./question.ts";
import { readArguments, type ToolCall, type ToolSpec } from "./tool.ts";

/** In what the servers of this API differ. */
export interface Dialect {
  readonly maxTokens: "max_tokens" | "max_completion_tokens";
  readonly seed?: "seed" | "random_seed";
  readonly hasTopK?: boolean;
  /** Whether a schema is told to the model, as there is no parameter for it. */
  readonly isSchemaTold?: boolean;
}

/** Asks a server that has the API of chat completions. */
export async function askAsChatCompletion(
  context: TaskContext<unknown>,
  call: Omit<ChatCall, "request"> & { readonly model: string; readonly dialect: Dialect; readonly own?: object },
  question: Question,
): Promise<Reply> {
  const { model, dialect, own, ...server } = call;
  const { configuration, format, turns, tools } = question;
  const told = format !== undefined && dialect.isSchemaTold === true ? toldFormat(format) : undefined;
  const system = withInstruction(question.system, told);
  const answer = await requestChat(context, {
    ...server,
    request: {
      ...own,
      model,
      messages: [...(system === undefined ? [] : [{ role: "system", content: system }]), ...turns.flatMap(messagesOf)],
      tools: tools?.map(functionOf),
      temperature: configuration.temperature,
      top_p: configuration.topP,
      ...(dialect.hasTopK === true && { top_k: configuration.topK }),
      ...(dialect.seed !== undefined && { [dialect.seed]: configuration.seed }),
      ...(configuration.maxToken !== undefined && { [dialect.maxTokens]: configuration.maxToken }),
      response_format: format === undefined ? undefined : formatOf(format, dialect),
    },
  });
  const [choice] = answer.choices;
  const thinking = choice?.message.reasoning_content ?? undefined;
  return {
    text: firstText(answer),
    finishReason: choice?.message.refusal ? "CONTENT_FILTER" : finishReasonOf(choice?.finish_reason),
    calls: callsOf(choice),
    inputTokens: answer.usage?.prompt_tokens,
    outputTokens: answer.usage?.completion_tokens,
    ...(thinking !== undefined && { thinking }),
  };
}

function messagesOf(turn: Turn) {
  const { role, parts, calls, results } = turn;
  if (results !== undefined) return results.map(({ id, text }) => ({ role, tool_call_id: id, content: text }));
  const content = parts.every(({ kind }) => kind === "TEXT") ? textIn(turn) : parts.map(contentOf);
  if (calls === undefined) return [{ role, content }];
  const asked = calls.map(({ id, name, arguments: input }) => ({
    id,
    type: "function",
    function: { name, arguments: JSON.stringify(input) },
  }));
  return [{ role, content, tool_calls: asked }];
}

function functionOf(spec: ToolSpec) {
  return { type: "function", function: spec };
}

/** Servers of one's own may leave out the id of a call. */
function callsOf(choice: ChatChoice | undefined): readonly ToolCall[] {
  return (choice?.message.tool_calls ?? []).flatMap(({ id, function: asked }, index) =>
    asked === undefined ? [] : [{ id: id ?? `call_${index}`, name: asked.name, arguments: readArguments(asked) }],
  );
}

function contentOf(part: Part) {
  if (part.kind === "TEXT") return { type: "text", text: part.text };
  const url = `data:${part.mimeType};base64,${part.base64}`;
  return part.kind === "IMAGE"
    ? { type: "image_url", image_url: { url } }
    : { type: "file", file: { filename: "document.pdf", file_data: url } };
}

function formatOf({ name, schema, description, isStrict: asked }: JsonFormat, { isSchemaTold }: Dialect) {
  if (schema === undefined || isSchemaTold === true) return { type: "json_object" };
  const strict = asked ?? isStrict(schema);
  return { type: "json_schema", json_schema: { name, description, schema, strict } };
}
