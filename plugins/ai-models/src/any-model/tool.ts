import { TaskFailure } from "@capstan/sdk";

/** What a model is told of a tool. */
export interface ToolSpec {
  /** Of letters, digits, `_` and `-`, 64 at most. */
  readonly name: string;
  readonly description: string;
  /** JSON Schema of an object. */
  readonly parameters: Readonly<Record<string, unknown>>;
}

/** A call that a model asks for. */
export interface ToolCall {
  /** Tells it apart from others of the conversation. */
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What came of a call. */
export interface ToolResult {
  readonly id: string;
  readonly name: string;
  readonly text: string;
  readonly isError: boolean;
}

/** A tool that a model may call. A failure of it is told to the model. */
export interface Tool {
  readonly spec: ToolSpec;
  call(input: Readonly<Record<string, unknown>>): Promise<string>;
}

/** A name as the APIs want it. */
export function toolName(written: string): string {
  return written.replaceAll(/[^\w-]/g, "_").slice(0, 64);
}

/** The arguments of a call that came as a text. Throws `TaskFailure` when it is no map in JSON. */
export function readArguments(asked: { readonly name: string; readonly arguments: string }): ToolCall["arguments"] {
  const written = asked.arguments.trim();
  try {
    const input: unknown = JSON.parse(written === "" ? "{}" : written);
    if (typeof input === "object" && input !== null && !Array.isArray(input)) return input as ToolCall["arguments"];
  } catch {
    // Told below, as what is JSON but no map.
  }
  throw new TaskFailure(
    `The model wants to call the tool ${asked.name} with arguments that are no JSON. Another model, or a higher \`maxToken\`, may do better.`,
  );
}
