import { type Pieces, readLines } from "@capstan/sdk";

/** One event of a `text/event-stream`. */
export interface ServerEvent {
  readonly id?: string;
  readonly event?: string;
  readonly data: string;
  readonly comment?: string;
}

/** The events of a stream, as they come; an event without its closing blank line is left out only if it has no data. */
export async function* readEvents(content: Pieces): AsyncGenerator<ServerEvent> {
  let fields = new Map<string, string[]>();
  for await (const raw of readLines(content)) {
    const line = raw.endsWith("\r") ? raw.slice(0, -1) : raw;
    if (line === "") {
      const event = eventOf(fields);
      if (event !== undefined) yield event;
      fields = new Map();
      continue;
    }
    const colon = line.indexOf(":");
    const name = colon === 0 ? "comment" : colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "");
    fields.set(name, [...(fields.get(name) ?? []), value]);
  }
  const last = eventOf(fields);
  if (last !== undefined) yield last;
}

function eventOf(fields: ReadonlyMap<string, readonly string[]>): ServerEvent | undefined {
  const data = fields.get("data");
  if (data === undefined) return undefined;
  const field = (name: "id" | "event" | "comment") => {
    const value = fields.get(name)?.at(-1);
    return value === undefined ? {} : { [name]: value };
  };
  return { ...field("id"), ...field("event"), ...field("comment"), data: data.join("\n") };
}
