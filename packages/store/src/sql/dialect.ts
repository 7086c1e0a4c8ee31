/** What can be bound to a statement, whatever the database. */
export type SqlValue = string | number | null;

/** Rows made of JSON or of an array, for use in FROM, with the expressions of their columns. */
export interface LabelRows {
  readonly from: string;
  readonly key: string;
  readonly value: string;
}

/** How a database says what both say differently. Each `?` is one parameter, in the order in which they are written. */
export interface SqlDialect {
  /** Whether an expression is one of the values of the parameter, which `list` writes down. */
  isOneOf(expression: string): string;
  list(values: readonly (string | number)[]): SqlValue;
  /** Whether an expression is in the only column of a query. */
  isIn(expression: string, query: string): string;
  /** Whether one of the texts of the parameter, `wanted.value`, passes. */
  anyWanted(condition: string): string;
  contains(text: string, part: string): string;
  endsWith(text: string, end: string): string;
  /** The labels of the execution, or of the flow, of the row at hand. */
  readonly executionLabels: LabelRows;
  readonly flowLabels: LabelRows;
  /** A key or a value of a label as the table of labels has it. */
  labelText(text: string): string;
}
