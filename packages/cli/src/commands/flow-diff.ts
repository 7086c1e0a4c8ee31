import { styleText } from "node:util";
import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { readNamedFlows, tellLeftOut } from "../flow-files.ts";
import { type DifferenceLine, differenceOf, withContext } from "../terminal/text-difference.ts";

/** Shows what `flow apply` would change; 1 when there is something, or a file that can't be read. */
export async function flowDiff(paths: readonly string[], options: ConnectionOptions): Promise<number> {
  const client = connect(options);
  const { files, unreadable, others } = await readNamedFlows(paths);
  tellLeftOut({ others, unreadable });
  let isDifferent = unreadable.length > 0;
  for (const { path, source, namespace, id } of files) {
    const stored = await client.getFlow(namespace, id);
    const lines = differenceOf(stored?.source ?? "", source);
    if (lines.length === 0) continue;
    isDifferent = true;
    const title = stored === undefined ? "not on the server" : `revision ${stored.revision}`;
    process.stdout.write(`${namespace}.${id} (${title}) → ${path}\n${withContext(lines).map(format).join("")}`);
  }
  return isDifferent ? 1 : 0;
}

function format(line: DifferenceLine | "gap"): string {
  return line === "gap" ? `${styleText("dim", "  …", { stream: process.stdout })}\n` : formatLine(line);
}

function formatLine({ mark, text }: DifferenceLine): string {
  const line = `${mark} ${text}`;
  if (mark === " ") return `${line}\n`;
  return `${styleText(mark === "+" ? "green" : "red", line, { stream: process.stdout })}\n`;
}
