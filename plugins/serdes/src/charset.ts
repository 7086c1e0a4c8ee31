import { TaskFailure, type TaskLogger } from "@capstan/sdk";

/** Pieces of a large chunk are decoded one after the other, so that what is made of them stays small too. */
const PIECE_BYTES = 65_536;
const REPLACEMENT = "\uFFFD";
const NO_CHARACTERS: ReadonlySet<string> = new Set(["replacement", "x-user-defined"]);

/**
 * The text of a file, in pieces. `charset` is named as Java names it; a byte order mark is left out. Bytes that mean nothing in the
 * charset become U+FFFD, and the log warns of them once. Throws `TaskFailure` for a charset that isn't known.
 */
export async function* decoded(
  content: AsyncIterable<Uint8Array>,
  charset: string,
  log: TaskLogger,
): AsyncGenerator<string> {
  const name = canonicalName(charset);
  const decode = name === "utf-16" ? utf16Decoder() : decoderOf(name, charset);
  let isWarned = false;
  for await (const chunk of content) {
    for (let start = 0; start < chunk.length; start += PIECE_BYTES) {
      const text = decode(chunk.subarray(start, start + PIECE_BYTES), true);
      if (!isWarned && text.includes(REPLACEMENT)) {
        isWarned = true;
        log.warn(
          `The file holds bytes that are no text in ${charset}; they are read as ${REPLACEMENT}. Set \`charset\`.`,
        );
      }
      if (text !== "") yield text;
    }
  }
  const rest = decode(new Uint8Array(), false);
  if (rest !== "") yield rest;
}

/**
 * Writes text in a charset, piece by piece. What the charset lacks becomes "?", and the log warns of it once. Throws `TaskFailure`
 * for a charset that isn't known, or that can only be read.
 */
export function encoderOf(charset: string, log: TaskLogger): (text: string) => Buffer {
  const name = canonicalName(charset);
  if (name === "utf-8") return (text) => Buffer.from(text);
  if (name === "utf-16le") return (text) => Buffer.from(text, "utf16le");
  if (name === "utf-16be") return bigEndian;
  if (name === "utf-16") return withByteOrderMark(bigEndian);
  const bytes = bytesOfCharacters(name, charset);
  let isWarned = false;
  const warn = () => {
    if (!isWarned) log.warn(`Some characters do not exist in ${charset}; they are written as "?".`);
    isWarned = true;
  };
  return (text) => singleBytes(text, bytes, warn);
}

type Decode = (bytes: Uint8Array, isMore: boolean) => string;

function decoderOf(name: string, charset: string): Decode {
  if (name === "iso-8859-1") return (bytes) => Buffer.from(bytes).toString("latin1");
  if (name === "us-ascii")
    return (bytes) =>
      Buffer.from(bytes)
        .toString("latin1")
        .replaceAll(/[\u0080-\u00FF]/g, REPLACEMENT);
  const decoder = textDecoder(name, charset);
  return (bytes, isMore) => decoder.decode(bytes, { stream: isMore });
}

/** As in Java: big endian, unless the file begins with the mark of the other order. */
function utf16Decoder(): Decode {
  let first: Uint8Array = new Uint8Array();
  let decoder: TextDecoder | undefined;
  return (bytes, isMore) => {
    if (decoder !== undefined) return decoder.decode(bytes, { stream: isMore });
    first = Buffer.concat([first, bytes]);
    if (first.length < 2 && isMore) return "";
    decoder = new TextDecoder(first[0] === 0xff && first[1] === 0xfe ? "utf-16le" : "utf-16be");
    return decoder.decode(first, { stream: isMore });
  };
}

/** Names of Java and of the web's standard differ. */
function canonicalName(charset: string): string {
  const name = charset.trim().toLowerCase().replaceAll("_", "-");
  if (/^utf-?8$/.test(name)) return "utf-8";
  if (/^utf-?16$/.test(name)) return "utf-16";
  if (/^(?:us-)?ascii$/.test(name)) return "us-ascii";
  if (/^(?:iso-?8859-1|iso-latin-1|latin-?1|l1)$/.test(name)) return "iso-8859-1";
  const ofWindows = /^cp-?(125\d)$/.exec(name)?.[1];
  if (ofWindows !== undefined) return `windows-${ofWindows}`;
  return name.replace(/^utf16-?(?=[bl]e$)/, "utf-16").replace(/^iso8859-/, "iso-8859-");
}

function textDecoder(name: string, charset: string): TextDecoder {
  try {
    if (!NO_CHARACTERS.has(name)) return new TextDecoder(name);
  } catch {
    // It is said below.
  }
  throw new TaskFailure(
    `The charset "${charset}" is not known. Use UTF-8, UTF-16, ISO-8859-1, US-ASCII, windows-1252 or another of their families.`,
  );
}

function bigEndian(text: string): Buffer {
  return Buffer.from(text, "utf16le").swap16();
}

function withByteOrderMark(encode: (text: string) => Buffer): (text: string) => Buffer {
  let isFirst = true;
  return (text) => {
    const marked = isFirst ? `\uFEFF${text}` : text;
    isFirst = false;
    return encode(marked);
  };
}

/** The byte of each character, of a charset with one byte a character. */
function bytesOfCharacters(name: string, charset: string): ReadonlyMap<string, number> {
  const decode = decoderOf(name, charset);
  const characters = Array.from({ length: 256 }, (_, byte) => decode(Uint8Array.of(byte), false));
  const bytes = new Map(characters.map((character, byte) => [character, byte]));
  bytes.delete(REPLACEMENT);
  // In charsets with several bytes a character, few bytes stand for one by themselves.
  if (bytes.size < 200 && name !== "us-ascii")
    throw new TaskFailure(`Files can be read, but not written in the charset "${charset}". Use UTF-8.`);
  return bytes;
}

function singleBytes(text: string, bytes: ReadonlyMap<string, number>, warn: () => void): Buffer {
  const encoded = Buffer.from(text);
  // Plain ASCII, by far the most: the bytes are the same in all these charsets.
  if (encoded.length === text.length) return encoded;
  const result: number[] = [];
  for (const character of text) {
    const byte = bytes.get(character);
    if (byte === undefined) warn();
    result.push(byte ?? 0x3f);
  }
  return Buffer.from(result);
}
