import type { Example } from "../evaluation/definition.ts";
import type { Node } from "../syntax/ast.ts";
import type { Segment } from "../syntax/scan.ts";

export type TagSegment = Segment & { readonly kind: "tag" };

/** What a tag needs to read its bodies. */
export interface TemplateReader {
  /** Runs a reading that may abort; the problem is recorded and the answer undefined. */
  attempt<T>(read: () => T): T | undefined;
  /**
   * Reads nodes up to the next tag named in `endings`, which is passed and returned. A source that ends before is
   * recorded as a problem of `head`.
   */
  body(head: TagSegment, endings: readonly string[]): { nodes: readonly Node[]; ending?: TagSegment };
}

export interface Tag {
  readonly name: string;
  /** What it does, in one sentence. */
  readonly summary: string;
  readonly example: Example;
  /** Tags that only exist inside this one, its end included. */
  readonly companions: readonly string[];
  /** Reads the tag whose head was passed just now, with its bodies and end. */
  read(head: TagSegment, reader: TemplateReader): Node;
}
