import { TaskFailure } from "@capstan/sdk";
import type { HttpResponse } from "@capstan/sdk/http";

/** The largest body that an output may carry. */
export const BODY_BYTES_MAX = 19 * 1_024 * 1_024;

/** The body as text, or undefined when it is empty. Throws `TaskFailure` when it is too large for an output, or no text. */
export async function responseText(response: HttpResponse, defaultCharset: string): Promise<string | undefined> {
  if ((response.contentLength ?? 0) > BODY_BYTES_MAX) {
    response.body.destroy();
    throw tooLarge();
  }
  const pieces: Buffer[] = [];
  let size = 0;
  for await (const piece of response.body as AsyncIterable<Buffer>) {
    size += piece.length;
    if (size > BODY_BYTES_MAX) throw tooLarge();
    pieces.push(piece);
  }
  if (size === 0) return undefined;
  const charset = /charset\s*=\s*"?([^\s";]+)/i.exec(response.header("content-type") ?? "")?.[1] ?? defaultCharset;
  try {
    return new TextDecoder(charset, { fatal: true, ignoreBOM: true }).decode(Buffer.concat(pieces));
  } catch (error) {
    const advice = "Use io.kestra.plugin.core.http.Download for files, or set `options.defaultCharset`.";
    throw new TaskFailure(`The body of the response is no text in ${charset}. ${advice}`, { cause: error });
  }
}

function tooLarge(): TaskFailure {
  return new TaskFailure(
    "The body of the response is larger than 19 MB. Use io.kestra.plugin.core.http.Download, which stores it as a file.",
  );
}
