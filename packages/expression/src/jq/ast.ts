/** The nodes of a jq program. */
export type Jq =
  | { readonly kind: "identity" }
  | { readonly kind: "recurse" }
  | { readonly kind: "index"; readonly target: Jq; readonly key: Jq }
  | { readonly kind: "slice"; readonly target: Jq; readonly from: Jq | null; readonly to: Jq | null }
  | { readonly kind: "iterate"; readonly target: Jq }
  | { readonly kind: "literal"; readonly value: unknown }
  | { readonly kind: "text"; readonly format: string | null; readonly parts: readonly (string | Jq)[] }
  | { readonly kind: "format"; readonly name: string }
  | { readonly kind: "array"; readonly body: Jq | null }
  | { readonly kind: "object"; readonly entries: readonly { readonly key: Jq; readonly value: Jq }[] }
  | { readonly kind: "negate"; readonly operand: Jq }
  | { readonly kind: "pipe"; readonly left: Jq; readonly right: Jq }
  | { readonly kind: "comma"; readonly left: Jq; readonly right: Jq }
  | { readonly kind: "operation"; readonly operator: JqOperator; readonly left: Jq; readonly right: Jq }
  | { readonly kind: "logic"; readonly operator: "and" | "or"; readonly left: Jq; readonly right: Jq }
  | { readonly kind: "alternative"; readonly left: Jq; readonly right: Jq }
  | { readonly kind: "assign"; readonly operator: JqAssignment; readonly left: Jq; readonly right: Jq }
  | { readonly kind: "if"; readonly condition: Jq; readonly whenTrue: Jq; readonly whenFalse: Jq }
  | { readonly kind: "try"; readonly body: Jq; readonly handler: Jq | null }
  | {
      readonly kind: "reduce";
      readonly source: Jq;
      readonly pattern: JqPattern;
      readonly start: Jq;
      readonly update: Jq;
    }
  | {
      readonly kind: "foreach";
      readonly source: Jq;
      readonly pattern: JqPattern;
      readonly start: Jq;
      readonly update: Jq;
      readonly extract: Jq | null;
    }
  | { readonly kind: "bind"; readonly source: Jq; readonly patterns: readonly JqPattern[]; readonly body: Jq }
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "define"; readonly definition: JqDefinition; readonly body: Jq }
  | { readonly kind: "call"; readonly name: string; readonly arguments: readonly Jq[] }
  | { readonly kind: "label"; readonly name: string; readonly body: Jq }
  | { readonly kind: "break"; readonly name: string };

export type JqOperator = "+" | "-" | "*" | "/" | "%" | "==" | "!=" | "<" | "<=" | ">" | ">=";

export type JqAssignment = "=" | "|=" | "+=" | "-=" | "*=" | "/=" | "%=" | "//=";

export interface JqDefinition {
  readonly name: string;
  /** Names of parameters; one that begins with `$` is a value, any other a closure. */
  readonly parameters: readonly string[];
  readonly body: Jq;
}

export type JqPattern =
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "array"; readonly elements: readonly JqPattern[] }
  | {
      readonly kind: "object";
      /** `variable` gets the value too: `{$a: [$b]}`. */
      readonly entries: readonly {
        readonly key: Jq;
        readonly variable: string | null;
        readonly pattern: JqPattern | null;
      }[];
    };
