import { TaskFailure } from "@capstan/sdk";
import type { SaxesTagPlain } from "saxes";
import { xmlValue } from "./xml-value.ts";

/** Characters of one record: it is held in memory. */
export const RECORD_CHARACTERS_MAX = 32 * 1_024 * 1_024;
/** Elements within each other. */
export const DEPTH_MAX = 512;

/** One step of a path: an element or attribute, and of several of one name perhaps a certain one, from 0. */
interface Step {
  readonly name: string;
  readonly index: number | undefined;
}

type Content = Record<string, unknown>;

/** An element that is open. */
interface Frame {
  readonly name: string;
  /** How many of the steps of the path lead here; undefined when they lead elsewhere. */
  readonly matched: number | undefined;
  /** What the element holds; undefined outside of what is asked for. */
  readonly content: Content | undefined;
  readonly counts: Map<string, number>;
  text: string;
}

export interface XmlReading {
  /** JSON Pointer of the records, such as `/items/item`; the whole document without one. */
  readonly query: string | undefined;
  /** Names of elements that are lists even when there is one of them. */
  readonly forceList: readonly string[];
}

/**
 * The elements of an XML document that a path leads to, as JSON values: attributes and elements are fields, several elements of one
 * name a list, an element with nothing but text is its value, and other text is the field `content`. Holds one of them in memory at a
 * time. Neither entities of the document's own nor other files are read. Throws `TaskFailure` for what is no XML.
 */
export async function* xmlElements(texts: AsyncIterable<string>, reading: XmlReading): AsyncGenerator {
  const { SaxesParser } = await import("saxes");
  const cursor = startOf(reading);
  const parser = new SaxesParser();
  parser.on("opentag", (tag) => open(cursor, tag));
  parser.on("text", (text) => addText(cursor, text));
  parser.on("cdata", (text) => addText(cursor, text));
  parser.on("closetag", () => close(cursor));
  parser.on("error", (error) => {
    throw new TaskFailure(`The file is no XML, at ${error.message}.`, { cause: error });
  });
  for await (const piece of texts) {
    parser.write(piece);
    yield* cursor.found.splice(0);
  }
  parser.close();
  yield* cursor.found.splice(0);
}

/** What is being read and what was found. */
interface Cursor {
  readonly steps: readonly Step[];
  readonly lists: ReadonlySet<string>;
  /** The elements that are open, within one for the document. */
  readonly stack: Frame[];
  readonly found: unknown[];
  /** Those of the record so far. */
  characters: number;
}

function startOf({ query, forceList }: XmlReading): Cursor {
  const steps = stepsOf(query);
  const content = steps.length === 0 ? {} : undefined;
  const document: Frame = { name: "", matched: 0, content, counts: new Map(), text: "" };
  return { steps, lists: new Set(forceList), stack: [document], found: [], characters: 0 };
}

function open(cursor: Cursor, { name, attributes }: SaxesTagPlain): void {
  const { steps, stack, lists, found } = cursor;
  const parent = stack.at(-1)!;
  if (stack.length > DEPTH_MAX) throw new TaskFailure(`The XML file has elements more than ${DEPTH_MAX} deep.`);
  const nth = parent.counts.get(name) ?? 0;
  parent.counts.set(name, nth + 1);
  const matched = parent.content === undefined ? step(steps, parent.matched, name, nth) : undefined;
  const isAsked = parent.content !== undefined || matched === steps.length;
  const content: Content | undefined = isAsked ? {} : undefined;
  stack.push({ name, matched, content, counts: new Map(), text: "" });
  for (const [key, value] of Object.entries(attributes)) {
    note(cursor, key.length + value.length);
    if (content !== undefined) add(content, key, xmlValue(value), lists);
    else if (step(steps, matched, key, 0) === steps.length) found.push(xmlValue(value));
  }
}

function addText(cursor: Cursor, text: string): void {
  const element = cursor.stack.at(-1)!;
  if (element.content === undefined) return;
  note(cursor, text.length);
  element.text += text;
}

function close(cursor: Cursor): void {
  const { steps, stack, lists, found } = cursor;
  const { name, matched, content, text } = stack.pop()!;
  const parent = stack.at(-1)!;
  note(cursor, name.length);
  if (parent.content === undefined) cursor.characters = 0;
  if (content === undefined) return;
  const value = valueOf(content, text.trim(), lists);
  if (parent.content !== undefined) add(parent.content, name, value, lists);
  if (matched === steps.length) found.push(value);
  else if (stack.length === 1) found.push(parent.content);
}

function note(cursor: Cursor, length: number): void {
  cursor.characters += length;
  if (cursor.characters > RECORD_CHARACTERS_MAX)
    throw new TaskFailure(
      `A record of the XML file has more than ${RECORD_CHARACTERS_MAX} characters. Set \`query\` to the path of smaller ones.`,
    );
}

/** How many steps are matched by a child of what matches some. */
function step(steps: readonly Step[], matched: number | undefined, name: string, nth: number): number | undefined {
  const next = matched === undefined ? undefined : steps[matched];
  if (next === undefined || next.name !== name || (next.index !== undefined && next.index !== nth)) return undefined;
  return matched! + 1;
}

function valueOf(content: Content, text: string, lists: ReadonlySet<string>): unknown {
  if (Object.keys(content).length === 0) return text === "" ? "" : xmlValue(text);
  if (text !== "") add(content, "content", xmlValue(text), lists);
  return content;
}

/** Of several of one name a list is made. */
function add(content: Content, name: string, value: unknown, lists: ReadonlySet<string>): void {
  const present = Object.hasOwn(content, name) ? content[name] : undefined;
  if (Array.isArray(present)) {
    present.push(value);
    return;
  }
  const alone = lists.has(name) ? [value] : value;
  const result = present === undefined ? alone : [present, value];
  // As by a literal, so that a name such as `__proto__` is one like any other.
  Object.defineProperty(content, name, { value: result, enumerable: true, configurable: true, writable: true });
}

function stepsOf(query: string | undefined): readonly Step[] {
  const path = (query ?? "").trim().replace(/^#/, "");
  if (path === "") return [];
  if (!path.startsWith("/"))
    throw new TaskFailure(
      `The query "${query}" is no path. Write it like /items/item, or /items/item/0 for the first.`,
    );
  const steps: Step[] = [];
  for (const part of path.slice(1).split("/")) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const last = steps.at(-1);
    if (/^\d+$/.test(name) && last?.index === undefined && last !== undefined)
      steps[steps.length - 1] = { name: last.name, index: Number(name) };
    else steps.push({ name, index: undefined });
  }
  return steps;
}
