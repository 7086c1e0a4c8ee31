import type { RunView } from "./run-view.ts";

/** Prints the final execution as JSON and nothing else; notices go to `notices`. */
export function createJsonView(
  output: { write(text: string): unknown },
  notices: { write(text: string): unknown },
): RunView {
  return {
    update: () => undefined,
    log: () => undefined,
    notice: (text) => void notices.write(`${text}\n`),
    end: (execution) => void output.write(`${JSON.stringify(execution, undefined, 2)}\n`),
    close: () => undefined,
  };
}
