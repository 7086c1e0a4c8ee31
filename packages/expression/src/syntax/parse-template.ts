import { LIMITS } from "../limits.ts";
import { blockTag } from "../tags/block.ts";
import { filterTag } from "../tags/filter.ts";
import { forTag } from "../tags/for.ts";
import { ifTag } from "../tags/if.ts";
import { macroTag } from "../tags/macro.ts";
import { setTag } from "../tags/set.ts";
import type { Tag, TagSegment, TemplateReader } from "../tags/tag.ts";
import type { Node } from "./ast.ts";
import { parseExpression } from "./parse-expression.ts";
import { scan } from "./scan.ts";
import { streamOf } from "./token-stream.ts";
import { type Problem, SyntaxAbort } from "./tokens.ts";

/** Tags that are read here; `verbatim` and `raw` are read while the source is cut into segments. */
export const TAGS: ReadonlyMap<string, Tag> = new Map(
  [ifTag, forTag, setTag, macroTag, blockTag, filterTag].map((tag) => [tag.name, tag]),
);

const COMPANIONS: ReadonlyMap<string, string> = new Map(
  [...TAGS.values()].flatMap((tag) => tag.companions.map((companion) => [companion, tag.name] as const)),
);

const REMOVED_TAGS = new Set([
  "autoescape",
  "cache",
  "embed",
  "extends",
  "flush",
  "from",
  "import",
  "include",
  "parallel",
]);

export interface ParsedTemplate {
  readonly nodes: readonly Node[];
  /** In the order of their places; empty for a good source. */
  readonly problems: readonly Problem[];
}

/** Reads a whole source. Never throws: what can't be read is a problem, and reading goes on behind it. */
export function parseTemplate(source: string): ParsedTemplate {
  const problems: Problem[] = [];
  const segments = scan(source, problems);
  let index = 0;
  let depth = 0;
  let isAbandoned = false;

  const attempt = <T>(read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      if (!(error instanceof SyntaxAbort)) throw error;
      problems.push(error.problem);
      return undefined;
    }
  };

  const readNodes = (endings: readonly string[]): { nodes: Node[]; ending?: TagSegment } => {
    const nodes: Node[] = [];
    for (let segment = segments[index]; segment !== undefined; segment = segments[index]) {
      index += 1;
      if (segment.kind === "text" || segment.kind === "raw") {
        nodes.push(segment);
      } else if (segment.kind === "print") {
        const { tokens, offset, end } = segment;
        const expression = attempt(() => {
          const stream = streamOf(tokens);
          const result = parseExpression(stream);
          stream.expectEnd();
          return result;
        });
        if (expression !== undefined) nodes.push({ kind: "print", expression, offset, end });
      } else if (endings.includes(segment.name)) {
        return { nodes, ending: segment };
      } else {
        const tagSegment: TagSegment = segment;
        const tag = TAGS.get(tagSegment.name);
        if (tag === undefined) problems.push(unknownTag(tagSegment));
        else nodes.push(...readTag(tag, tagSegment));
      }
    }
    return { nodes };
  };

  const readTag = (tag: Tag, head: TagSegment): Node[] => {
    depth += 1;
    if (depth > LIMITS.depth) {
      problems.push(problemOf(head, `Tags are nested more than ${LIMITS.depth} levels deep`));
      index = segments.length;
      isAbandoned = true;
      return [];
    }
    const node = attempt(() => tag.read(head, reader));
    depth -= 1;
    return node === undefined ? [] : [node];
  };

  const reader: TemplateReader = {
    attempt,
    body: (head, endings) => {
      const { nodes, ending } = readNodes(endings);
      if (ending === undefined) {
        if (isAbandoned) return { nodes };
        problems.push(problemOf(head, `"{% ${head.name} %}" is never closed by "{% ${endings.at(-1)} %}"`));
        return { nodes };
      }
      return { nodes, ending };
    },
  };

  const { nodes } = readNodes([]);
  return { nodes, problems: problems.toSorted((left, right) => left.offset - right.offset) };
}

function problemOf(segment: TagSegment, message: string, hint?: string): Problem {
  const place = { offset: segment.offset, length: segment.end - segment.offset };
  return { message, ...place, ...(hint === undefined ? {} : { hint }) };
}

function unknownTag(segment: TagSegment): Problem {
  if (segment.name === "") return problemOf(segment, "A tag begins with its name, such as `if` or `for`");
  const opener = COMPANIONS.get(segment.name);
  if (opener !== undefined) {
    return problemOf(segment, `"{% ${segment.name} %}" has no "{% ${opener} %}" that it belongs to`);
  }
  if (REMOVED_TAGS.has(segment.name)) {
    return problemOf(segment, `The tag "${segment.name}" is not available here`);
  }
  return problemOf(
    segment,
    `There is no tag "${segment.name}"`,
    `Tags are ${[...TAGS.keys()].join(", ")}, verbatim, raw.`,
  );
}
