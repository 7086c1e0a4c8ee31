import type { SqlValue } from "../../sql/dialect.ts";
import type { RemovedLogs } from "../../store.ts";
import { binaryArray } from "./binary-arrays.ts";
import type { Change } from "./encode-unit.ts";
import { idBounds } from "./partitions/id-bounds.ts";
import {
  APPLY_FLOWS,
  EXECUTION_TABLES,
  type ExecutionTable,
  putStatement,
  REMOVE_LABELS,
  removeOfExecutionsStatement,
  removeStatement,
  type Statement,
  type Table,
  TABLE_NAMES,
  type TableName,
  TABLES,
} from "./tables.ts";

/** A statement with the arrays that it takes. */
export interface BoundStatement {
  readonly name: string;
  readonly text: string;
  /** Arrays, and texts that say between which ids of executions the rows are. */
  readonly values: readonly (Buffer | string)[];
  /** Whether it is to be planned for these values. */
  readonly plannedEachTime: boolean;
}

/** What a transaction does, one after the other. */
export type Step =
  | { readonly type: "statements"; readonly statements: readonly BoundStatement[] }
  | { readonly type: "removeLogs"; readonly filter: RemovedLogs };

type Row = readonly SqlValue[];
type Put = Extract<Change, { readonly type: "put" }>;

/**
 * What remains of changes that follow each other: of several changes of one row the last, so that a row which came and went
 * in one transaction is written once, and each table takes one statement of each kind. Rows of different keys and tables
 * don't depend on each other, so their order is free.
 */
interface WriteSet {
  readonly puts: Map<TableName, Map<string, Put>>;
  readonly removals: Map<TableName, Map<string, Row>>;
  readonly applied: Map<string, Row>;
}

type RowChange = Exclude<Change, { readonly type: "removeOf" | "removeLogs" }>;

/** Rows of whole executions that go. */
type RemovalSet = Map<ExecutionTable, Map<string, Row>>;

const PUTS = statementsOf(putStatement);
const REMOVALS = statementsOf(removeStatement);

function statementsOf(statement: (table: TableName) => Statement): ReadonlyMap<TableName, Statement> {
  return new Map(TABLE_NAMES.map((table) => [table, statement(table)]));
}

/** The steps that do all changes, in an order that ends with the same rows. */
export function stepsFor(changes: Iterable<Change>): readonly Step[] {
  const steps: Step[] = [];
  let writes: WriteSet | undefined;
  let removals: RemovalSet | undefined;
  const close = (): void => {
    if (writes !== undefined) steps.push({ type: "statements", statements: writeStatements(writes) });
    if (removals !== undefined) steps.push({ type: "statements", statements: removalStatements(removals) });
    [writes, removals] = [undefined, undefined];
  };
  for (const change of changes) {
    switch (change.type) {
      case "removeLogs":
        close();
        steps.push(change);
        break;
      case "removeOf":
        if (writes !== undefined) close();
        addTo((removals ??= new Map()), change.table, keyText(change.values), change.values);
        break;
      default:
        if (removals !== undefined || (writes !== undefined && mustFollow(writes, change))) close();
        add((writes ??= { puts: new Map(), removals: new Map(), applied: new Map() }), change);
    }
  }
  close();
  return steps;
}

/** Whether a change can't be said together with those before it. */
function mustFollow({ puts, removals, applied }: WriteSet, change: RowChange): boolean {
  if (change.type === "remove") return false;
  // An applied flow that is written again is not applied, and a message that was taken and is sent again has a new place.
  if (change.type === "apply")
    return (applied.get(flowKey(change.values)) ?? change.values).at(-1) !== change.values.at(-1);
  if (change.table === "flows") return applied.has(flowKey(change.values));
  // Of two that want one idempotency key the first has it, and the second is refused.
  if (change.table === "idempotency_keys")
    return puts.get("idempotency_keys")?.has(keyOf("idempotency_keys", change.values)) === true;
  return change.table === "messages" && removals.get("messages")?.has(keyOf("messages", change.values)) === true;
}

function flowKey(values: Row): string {
  return keyText(values.slice(0, TABLES.flows.key.length));
}

function add(set: WriteSet, change: RowChange): void {
  if (change.type === "apply") {
    set.applied.set(flowKey(change.values), change.values);
    return;
  }
  const { table, values } = change;
  if (change.type === "remove") {
    const key = keyText(values);
    set.puts.get(table)?.delete(key);
    addTo(set.removals, table, key, values);
    return;
  }
  const key = keyOf(table, values);
  set.removals.get(table)?.delete(key);
  const before = set.puts.get(table)?.get(key);
  addTo(set.puts, table, key, before === undefined ? change : merged(before, change));
}

/** The later of two writes of one row, with what the earlier one decided. */
function merged(before: Put, after: Put): Put {
  switch (after.table) {
    case "messages": {
      const [tenant, executionId, id, , body] = after.values;
      return { ...after, values: [tenant!, executionId!, id!, before.values[SEQUENCE_OF_MESSAGE]!, body!] };
    }
    case "flows":
      return after.values[REVISION_OF_FLOW]! >= before.values[REVISION_OF_FLOW]! ? after : before;
    default:
      return after;
  }
}

const SEQUENCE_OF_MESSAGE = Object.keys(TABLES.messages.columns).indexOf("sequence");
const REVISION_OF_FLOW = Object.keys(TABLES.flows.columns).indexOf("revision");

function addTo<Name, Value>(tables: Map<Name, Map<string, Value>>, table: Name, key: string, value: Value): void {
  const rows = tables.get(table);
  if (rows === undefined) tables.set(table, new Map([[key, value]]));
  else rows.set(key, value);
}

/** The columns of a key are the first of their table. */
function keyOf(table: TableName, values: Row): string {
  return keyText(values.slice(0, (TABLES[table] as Table).key.length));
}

function keyText(values: Row): string {
  return values.join("\0");
}

function writeStatements({ puts, removals, applied }: WriteSet): readonly BoundStatement[] {
  const statements: BoundStatement[] = [];
  const bind = (statement: Statement, rows: readonly Row[]): void => {
    if (rows.length > 0) statements.push(bound(statement, rows));
  };
  for (const table of TABLE_NAMES) {
    bind(REMOVALS.get(table)!, [...(removals.get(table)?.values() ?? [])]);
    const rows = [...(puts.get(table)?.values() ?? [])];
    bind(
      PUTS.get(table)!,
      rows.map(({ values }) => values),
    );
    if (table === "flows") bind(APPLY_FLOWS, [...applied.values()]);
    if (table === "executions")
      bind(
        PUTS.get("execution_labels")!,
        rows.flatMap(({ labels = [] }) => labels),
      );
  }
  return statements;
}

function removalStatements(removals: RemovalSet): readonly BoundStatement[] {
  const tables = Object.keys(EXECUTION_TABLES) as ExecutionTable[];
  return tables.flatMap((table) => {
    const rows = removals.get(table);
    if (rows === undefined) return [];
    const statement = bound(removeOfExecutionsStatement(table), [...rows.values()]);
    // Before the executions, whose rows say what labels they have.
    return table === "executions" ? [bound(REMOVE_LABELS, [...rows.values()]), statement] : [statement];
  });
}

/** Rows become one array for each column. */
function bound({ name, text, types, bounds }: Statement, rows: readonly Row[]): BoundStatement {
  const arrays = types.map((type, column) =>
    binaryArray(
      type,
      rows.map((row) => row[column] ?? null),
    ),
  );
  if (bounds === undefined) return { name, text, values: arrays, plannedEachTime: false };
  const between = idBounds(rows.map((row) => String(row[bounds])));
  return { name, text, values: [...arrays, ...between], plannedEachTime: true };
}
