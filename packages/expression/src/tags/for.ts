import { ExpressionError } from "../errors.ts";
import type { Compiler, Execute } from "../evaluation/compiler.ts";
import { spend, withFrame } from "../evaluation/runtime.ts";
import type { ForNode, Node } from "../syntax/ast.ts";
import { parseExpression } from "../syntax/parse-expression.ts";
import { streamOf } from "../syntax/token-stream.ts";
import { abortAt } from "../syntax/tokens.ts";
import { className } from "../values/class-name.ts";
import { LazyMap } from "../scope.ts";
import { type AnyMap, isList, isMap, mapGet, mapKeys, toArray } from "../values/maps.ts";
import type { Tag } from "./tag.ts";

/** `{% for x in list %}…{% else %}…{% endfor %}`; a map is walked as entries with `key` and `value`. */
export const forTag: Tag = {
  name: "for",
  summary:
    "Renders its body for each element of a list or entry of a map (`key`, `value`), or the body behind `else` when there is none. `loop` has `index` (from 0), `first`, `last`, `length` and `revindex`.",
  example: ["{% for x in [1, 2] %}{{ loop.index }}:{{ x }} {% else %}none{% endfor %}", "0:1 1:2 "],
  companions: ["else", "endfor"],
  read: (head, reader) => {
    const start = reader.attempt(() => {
      const stream = streamOf(head.tokens);
      const variable = stream.expectName("the name of a variable");
      if (!stream.takeName("in")) abortAt(stream.current(), "Expected `in`", "A loop is written `for x in list`.");
      const list = parseExpression(stream);
      stream.expectEnd();
      return { variable, list };
    });
    const { nodes: body, ending: middle } = reader.body(head, ["else", "endfor"]);
    let otherwise: readonly Node[] = [];
    let last = middle;
    if (middle?.name === "else") ({ nodes: otherwise, ending: last } = reader.body(head, ["endfor"]));
    const place = { offset: head.offset, end: last?.end ?? head.end };
    const nothing = { variable: "", list: { kind: "literal", value: null, ...place } } as const;
    return { kind: "for", ...(start ?? nothing), body, otherwise, ...place };
  },
};

export function compileFor(node: ForNode, compiler: Compiler): Execute {
  const list = compiler.expression(node.list);
  const body = compiler.body(node.body);
  const otherwise = compiler.body(node.otherwise);
  return (runtime) => {
    const elements = elementsOf(list(runtime));
    if (elements === undefined) return;
    if (elements.length === 0) {
      otherwise(runtime);
      return;
    }
    const { length } = elements;
    const values = new Map<string, unknown>();
    withFrame(runtime, { values, isBarrier: false }, () => {
      for (let index = 0; index < length; index += 1) {
        spend(runtime, 1);
        values.clear();
        values.set(node.variable, elements[index] ?? null);
        values.set("loop", {
          index,
          length,
          first: index === 0,
          last: index === length - 1,
          revindex: length - index - 1,
        });
        body(runtime);
      }
    });
  };
}

/** What a loop over a map walks over: the value is read when the loop's body asks for it. */
class EntryOfMap extends LazyMap {
  readonly #map: AnyMap;
  readonly #key: string;
  constructor(map: AnyMap, key: string) {
    super();
    this.#map = map;
    this.#key = key;
  }
  override get(name: string): unknown {
    if (name === "key") return this.#key;
    return name === "value" ? (mapGet(this.#map, this.#key) ?? null) : undefined;
  }
  override keys(): Iterable<string> {
    return ["key", "value"];
  }
}

/** What a loop walks over; undefined for null, which is passed over in silence. */
function elementsOf(value: unknown): readonly unknown[] | undefined {
  if (value === null || value === undefined) return undefined;
  if (isList(value)) return toArray(value);
  if (isMap(value)) {
    return mapKeys(value).map((key) => new EntryOfMap(value, key));
  }
  throw new ExpressionError("TYPE", `A value of type ${className(value)} can't be walked by \`for\``);
}
