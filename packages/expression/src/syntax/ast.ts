/** Where a node stands in the source: `end` is the offset behind it. */
interface Placed {
  readonly offset: number;
  readonly end: number;
}

export interface Argument {
  /** Absent for a positional argument. */
  readonly name?: string;
  readonly value: Expression;
}

/** A call of a filter, test, function, method or macro by name. */
export interface Invocation {
  readonly name: string;
  readonly nameOffset: number;
  readonly arguments: readonly Argument[];
}

export type Expression = Placed &
  (
    | { readonly kind: "literal"; readonly value: unknown }
    | { readonly kind: "interpolation"; readonly parts: readonly Expression[] }
    | { readonly kind: "name"; readonly name: string }
    | { readonly kind: "member"; readonly target: Expression; readonly key: Expression }
    | { readonly kind: "list"; readonly items: readonly Expression[] }
    | { readonly kind: "map"; readonly entries: readonly { key: Expression; value: Expression }[] }
    | { readonly kind: "unary"; readonly operator: UnaryOperator; readonly operand: Expression }
    | {
        readonly kind: "binary";
        readonly operator: BinaryOperator;
        readonly left: Expression;
        readonly right: Expression;
        readonly operatorOffset: number;
      }
    | { readonly kind: "test"; readonly operand: Expression; readonly negated: boolean; readonly test: Invocation }
    | { readonly kind: "filter"; readonly input: Expression; readonly filter: Invocation }
    | { readonly kind: "call"; readonly call: Invocation }
    | { readonly kind: "method"; readonly target: Expression; readonly method: Invocation }
    | {
        readonly kind: "conditional";
        readonly condition: Expression;
        readonly whenTrue: Expression;
        readonly whenFalse: Expression;
      }
  );

export type UnaryOperator = "not" | "+" | "-";

export type BinaryOperator =
  | "or"
  | "and"
  | "contains"
  | "=="
  | "!="
  | "<"
  | ">"
  | "<="
  | ">="
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "~"
  | ".."
  | "??"
  | "???"
  | "isIn";

export type Node = Placed &
  (
    | { readonly kind: "text"; readonly text: string }
    /** Text protected from rendering, `{% raw %}`: it stays protected when it is rendered repeatedly. */
    | { readonly kind: "raw"; readonly text: string; readonly source: string }
    | { readonly kind: "print"; readonly expression: Expression }
    | IfNode
    | ForNode
    | SetNode
    | MacroNode
    | BlockNode
    | FilterNode
  );

export interface IfNode extends Placed {
  readonly kind: "if";
  readonly branches: readonly { readonly condition: Expression; readonly body: readonly Node[] }[];
  readonly otherwise: readonly Node[];
}

export interface ForNode extends Placed {
  readonly kind: "for";
  readonly variable: string;
  readonly list: Expression;
  readonly body: readonly Node[];
  readonly otherwise: readonly Node[];
}

export interface SetNode extends Placed {
  readonly kind: "set";
  readonly variable: string;
  readonly value: Expression;
}

export interface MacroNode extends Placed {
  readonly kind: "macro";
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly fallback?: Expression }[];
  readonly body: readonly Node[];
}

export interface BlockNode extends Placed {
  readonly kind: "block";
  readonly name: string;
  readonly body: readonly Node[];
}

export interface FilterNode extends Placed {
  readonly kind: "filter";
  readonly filters: readonly Invocation[];
  readonly body: readonly Node[];
}
