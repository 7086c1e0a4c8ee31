import { type ExecutionFiles, recordLine, type TaskLogger } from "@capstan/sdk";

export interface Synced {
  /** From the root of the repository; absent for what is not in it. */
  readonly gitPath?: string;
  readonly syncState: "ADDED" | "UPDATED" | "UNCHANGED" | "DELETED";
}

/** Stores what was done with each flow or file, and logs how many of each; answers the address of the file. */
export async function storeReport(
  what: string,
  synced: readonly Synced[],
  { files, log }: { readonly files: ExecutionFiles; readonly log: TaskLogger },
  isDry: boolean,
): Promise<string> {
  const counts = Map.groupBy(synced, ({ syncState }) => syncState);
  const told = Array.from(counts, ([state, all]) => `${all.length} ${state.toLowerCase()}`).join(", ");
  log.info(`${isDry ? "dry run, " : ""}${what}: ${told === "" ? "none" : told}`);
  return files.put("diff.ion", synced.map((one) => recordLine(one)).join(""));
}
