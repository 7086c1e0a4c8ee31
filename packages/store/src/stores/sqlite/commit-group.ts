import type { PreparedWriter } from "./prepared-writer.ts";
import type { GroupMessage, PlainError, UnitFailure } from "./protocol.ts";
import { toPlainError } from "./sqlite-errors.ts";

/**
 * Commits the units of a group in one transaction and answers those that failed. On trouble it tries again: first unit
 * by unit inside one transaction (one unit is at fault), then each unit in its own (the transaction itself can't live:
 * a full disk, an I/O error). A failed unit leaves nothing behind and the others don't notice.
 */
export function commitGroup(writer: PreparedWriter, group: GroupMessage): readonly UnitFailure[] {
  try {
    inTransaction(writer, group, () => writer.apply(group.values, 0, group.values.length));
    return [];
  } catch (error) {
    if (group.ends.length === 1) return [{ unit: 0, error: toPlainError(error) }];
  }
  try {
    return sharingTransaction(writer, group);
  } catch {
    // The transaction couldn't live; what fails unit by unit is answered unit by unit.
    return oneByOne(writer, group);
  }
}

function inTransaction(writer: PreparedWriter, group: GroupMessage, work: () => void): void {
  try {
    writer.begin();
    work();
    writer.setSequence(group.sequence);
    writer.commit();
  } catch (error) {
    writer.rollback();
    throw error;
  }
}

function sharingTransaction(writer: PreparedWriter, group: GroupMessage): readonly UnitFailure[] {
  const failures: UnitFailure[] = [];
  inTransaction(writer, group, () => {
    for (const [unit, end] of group.ends.entries()) {
      const error = tryUnit(writer, group, unit, end);
      if (error !== undefined) failures.push({ unit, error });
    }
  });
  return failures;
}

/** Throws when the failure took the whole transaction with it. */
function tryUnit(writer: PreparedWriter, group: GroupMessage, unit: number, end: number): PlainError | undefined {
  writer.savepoint();
  try {
    writer.apply(group.values, startOf(group, unit), end);
    writer.release();
    return undefined;
  } catch (error) {
    if (!writer.inTransaction()) throw error;
    writer.rollbackToSavepoint();
    writer.release();
    return toPlainError(error);
  }
}

function oneByOne(writer: PreparedWriter, group: GroupMessage): readonly UnitFailure[] {
  const failures: UnitFailure[] = [];
  for (const [unit, end] of group.ends.entries()) {
    try {
      inTransaction(writer, group, () => writer.apply(group.values, startOf(group, unit), end));
    } catch (error) {
      failures.push({ unit, error: toPlainError(error) });
    }
  }
  return failures;
}

function startOf(group: GroupMessage, unit: number): number {
  return unit === 0 ? 0 : group.ends[unit - 1]!;
}
