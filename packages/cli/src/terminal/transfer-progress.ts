import type { TransferProgress } from "@capstan/store";

/** One line on a terminal that is written anew for each batch. */
export function transferProgress(stream: Pick<NodeJS.WriteStream, "write">) {
  let isShown = false;
  return {
    show: ({ step, table, rows, total }: TransferProgress): void => {
      const verb = step === "copy" ? "copying" : "checking";
      stream.write(`\r\u001B[K${verb} ${table}: ${rows.toLocaleString("en")} of ${total.toLocaleString("en")}`);
      isShown = true;
    },
    /** Takes the line away. */
    end: (): void => {
      if (isShown) stream.write("\r\u001B[K");
    },
  };
}
