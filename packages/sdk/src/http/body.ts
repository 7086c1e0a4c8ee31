import { Readable } from "node:stream";

/** A body that can be sent more than once, for redirects and authentication. */
export interface RequestBody {
  readonly contentType: string | undefined;
  readonly contentLength: number | undefined;
  /** For logs; absent when it is no text. */
  readonly text: string | undefined;
  open(): Readable;
}

/** In UTF-8, unless the content type names Latin-1. */
export function textBody(text: string, contentType: string): RequestBody {
  const charset = /charset\s*=\s*"?([\w-]+)/i.exec(contentType)?.[1]?.toLowerCase();
  const bytes = Buffer.from(text, charset === "iso-8859-1" || charset === "latin1" ? "latin1" : "utf8");
  return { contentType, contentLength: bytes.length, text, open: () => Readable.from([bytes]) };
}
