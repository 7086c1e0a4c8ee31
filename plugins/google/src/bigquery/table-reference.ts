import { TaskFailure } from "@capstan/sdk";

export interface TableReference {
  readonly projectId: string;
  readonly datasetId: string;
  /** With `$` and a partition, where one is meant. */
  readonly tableId: string;
}

/**
 * The table that a property names as `project.dataset.table`, or `dataset.table` in the given project. Names of projects may have dots
 * and a colon. Throws `TaskFailure` for anything else.
 */
export function tableReference(property: string, written: string, project: string): TableReference {
  const parts = written.trim().replaceAll("`", "").split(".");
  const tableId = parts.pop() ?? "";
  const datasetId = parts.pop() ?? "";
  if (tableId === "" || datasetId === "" || parts.includes(""))
    throw new TaskFailure(
      `\`${property}\` is "${written}", which names no table. Write project.dataset.table, or dataset.table.`,
    );
  return { projectId: parts.length === 0 ? project : parts.join("."), datasetId, tableId };
}

/** The dataset that a property names as `dataset` or `project.dataset`. */
export function datasetReference(written: string, project: string): Omit<TableReference, "tableId"> {
  const parts = written.trim().split(".");
  const datasetId = parts.pop() ?? "";
  return { projectId: parts.length === 0 ? project : parts.join("."), datasetId };
}

export function shownTable({ projectId, datasetId, tableId }: TableReference): string {
  return `${projectId}.${datasetId}.${tableId}`;
}
