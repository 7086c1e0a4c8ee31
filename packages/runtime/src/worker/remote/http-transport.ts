import http, { type ClientRequest, type IncomingMessage } from "node:http";
import https from "node:https";
import { text as textOf } from "node:stream/consumers";
import { LINE_PATH, type Welcome } from "./messages.ts";
import { Refused, type Transport } from "./uplink.ts";

export interface HttpTransportOptions {
  /** Of any of the servers, or of what stands before them. */
  readonly server: string;
  readonly token: string;
}

/** Answers after which another try makes no sense. */
const REFUSALS: ReadonlySet<number | undefined> = new Set([400, 401, 403, 404, 422]);

/** Lines as answers that stay open, and messages up as requests. */
export function createHttpTransport({ server, token }: HttpTransportOptions): Transport {
  const base = server.replace(/\/+$/, "");
  const client = base.startsWith("https:") ? https : http;
  const agent = new client.Agent({ keepAlive: true });
  const post = (path: string, body: string, type: string, signal: AbortSignal): Promise<IncomingMessage> => {
    const bytes = Buffer.from(body);
    const headers = { authorization: `Bearer ${token}`, "content-type": type, "content-length": bytes.length };
    const request = client.request(`${base}${path}`, { method: "POST", agent, headers, signal });
    request.setNoDelay(true);
    request.end(bytes);
    return answerOf(request);
  };
  return {
    open: async (hello, text, signal) => {
      const answer = await post(LINE_PATH, JSON.stringify(hello), "application/json", signal);
      if (answer.statusCode !== 200) throw await refusalOf(answer);
      answer.setEncoding("utf8");
      const closed = Promise.withResolvers<void>();
      const welcome = Promise.withResolvers<Welcome>();
      let first: string | undefined = "";
      answer.on("data", (piece: string) => {
        if (first === undefined) return text(piece);
        first += piece;
        const end = first.indexOf("\n");
        if (end === -1) return;
        welcome.resolve(JSON.parse(first.slice(0, end)) as Welcome);
        const rest = first.slice(end + 1);
        first = undefined;
        if (rest !== "") text(rest);
      });
      answer.on("error", () => answer.destroy());
      answer.on("close", () => {
        closed.resolve();
        welcome.reject(new Error("the line was cut before the server welcomed the worker"));
      });
      return { welcome: await welcome.promise, closed: closed.promise };
    },
    post: async (session, body, signal) => {
      const answer = await post(`${LINE_PATH}/${session}`, body, "application/x-ndjson", signal);
      const text = await textOf(answer);
      if (answer.statusCode === 200) return (JSON.parse(text) as { readonly received: number }).received;
      if (codeIn(text) === "worker-unknown") return undefined;
      throw new Error(`the server answered ${answer.statusCode}`);
    },
  };
}

function answerOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.on("error", reject);
  });
}

async function refusalOf(answer: IncomingMessage): Promise<Error> {
  const text = await textOf(answer);
  const said = messageIn(text) ?? `it answered ${answer.statusCode}`;
  return REFUSALS.has(answer.statusCode) ? new Refused(said) : new Error(said);
}

function codeIn(text: string): unknown {
  return fieldIn(text, "code");
}

function messageIn(text: string): string | undefined {
  const message = fieldIn(text, "message");
  return typeof message === "string" ? message : undefined;
}

function fieldIn(text: string, field: string): unknown {
  try {
    return (JSON.parse(text) as Record<string, unknown>)[field];
  } catch {
    return undefined; // What stands before the server has answered.
  }
}
