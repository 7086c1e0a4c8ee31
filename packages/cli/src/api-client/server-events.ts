/** One server-sent event with JSON data. */
export interface ServerEvent<Data> {
  /** `progress` or `end`. */
  readonly id: string;
  readonly data: Data;
}

/** Reads the events of a response as they come; comments and empty events are left out. */
export async function* readEvents<Data>(response: Response): AsyncIterable<ServerEvent<Data>> {
  if (response.body === null) return;
  let rest = "";
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    rest += text.replaceAll("\r", "");
    const blocks = rest.split("\n\n");
    rest = blocks.pop() ?? "";
    for (const block of blocks) {
      const event = parseEvent<Data>(block);
      if (event !== undefined) yield event;
    }
  }
}

function parseEvent<Data>(block: string): ServerEvent<Data> | undefined {
  const fields = new Map<string, string>();
  for (const line of block.split("\n")) {
    const at = line.indexOf(":");
    if (at <= 0) continue;
    const name = line.slice(0, at);
    const value = line.slice(at + 1).replace(/^ /, "");
    const earlier = fields.get(name);
    fields.set(name, earlier === undefined ? value : `${earlier}\n${value}`);
  }
  const data = fields.get("data");
  return data === undefined || data === "" ? undefined : { id: fields.get("id") ?? "", data: JSON.parse(data) as Data };
}
