import { DATA_DEPTH_MAX } from "../limits.ts";
import { LazyMap } from "../scope.ts";
import { isList, isMap, mapEntries, toArray } from "../values/maps.ts";
import { analyse } from "./analyse.ts";
import type { Reference } from "./visit-expression.ts";

/** A text with expressions, under the name by which other texts read it: `vars.greeting`. */
export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** A text of a circle, and what in it reads the next one. */
export interface CircleLink extends NamedText {
  readonly reference: Reference;
}

/** The value that a name of the scope stands for, if any. */
export type ValueOf = (name: string) => unknown;

/** References that are followed at most; beyond, circles may stay unseen. */
const LINKS_MAX = 10_000;

interface Visit extends NamedText {
  readonly links: readonly { readonly reference: Reference; readonly to: NamedText }[];
  next: number;
}

/**
 * The circles of texts that bring each other back when they are rendered again and again: each text reads the next, the last
 * one the first. Of circles that share a text not all may be found.
 */
export function* renderingCircles(starts: Iterable<NamedText>, valueOf: ValueOf): Iterable<readonly CircleLink[]> {
  const seen = new Set<string>();
  let budget = LINKS_MAX;
  for (const start of starts) {
    if (seen.has(start.name)) continue;
    seen.add(start.name);
    const path: Visit[] = [visitOf(start, valueOf)];
    for (let visit = path.at(-1); visit !== undefined && budget > 0; visit = path.at(-1)) {
      const link = visit.links[visit.next];
      visit.next += 1;
      budget -= 1;
      if (link === undefined) path.pop();
      else if (!seen.has(link.to.name)) {
        seen.add(link.to.name);
        path.push(visitOf(link.to, valueOf));
      } else {
        const first = path.findIndex(({ name }) => name === link.to.name);
        if (first !== -1) yield path.slice(first).map(linkOf);
      }
    }
  }
}

/** `vars.a → vars.b → vars.a` */
export function circleText(circle: readonly NamedText[]): string {
  return [...circle, circle[0]!].map(({ name }) => `\`${name}\``).join(" → ");
}

/** The texts with expressions in a value. */
function* textsIn(name: string, value: unknown, depth = 0): Generator<NamedText, void> {
  if (depth > DATA_DEPTH_MAX) return;
  if (typeof value === "string") {
    if (/\{[{%]/u.test(value)) yield { name, text: value };
  } else if (isList(value)) {
    for (const [index, item] of toArray(value).entries()) yield* textsIn(`${name}[${index}]`, item, depth + 1);
  } else if (isMap(value) && !(value instanceof LazyMap)) {
    for (const [key, item] of mapEntries(value)) yield* textsIn(`${name}${keyText(key)}`, item, depth + 1);
  }
}

function visitOf({ name, text }: NamedText, valueOf: ValueOf): Visit {
  const links = analyse(text).references.flatMap((reference) =>
    Array.from(textsBehind(reference.path, valueOf), (to) => ({ reference, to })),
  );
  return { name, text, links, next: 0 };
}

function linkOf({ name, text, links, next }: Visit): CircleLink {
  return { name, text, reference: links[next - 1]!.reference };
}

function textsBehind([root, ...keys]: Reference["path"], valueOf: ValueOf): Iterable<NamedText> {
  if (typeof root !== "string") return [];
  let value = valueOf(root);
  let name = root;
  for (const key of keys) {
    if (key === null || typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return [];
    name += Array.isArray(value) ? `[${key}]` : keyText(String(key));
    value = Reflect.get(value, key);
  }
  return textsIn(name, value).take(LINKS_MAX);
}

/** How an expression reads what stands at a path: `vars.map['a-b'][0]`. */
export function nameOfPath([root, ...keys]: readonly (string | number)[]): string {
  return String(root) + keys.map((key) => (typeof key === "number" ? `[${key}]` : keyText(key))).join("");
}

function keyText(key: string): string {
  return /^[A-Za-z_]\w*$/u.test(key) ? `.${key}` : `['${key}']`;
}
