import { connect, type ConnectionOptions } from "../api-client/connection.ts";
import { formatTrigger } from "../explanations/format-trigger.ts";
import { paintFor } from "../run-view/create-run-view.ts";

export interface TriggerExplainOptions extends ConnectionOptions {
  readonly execution?: string;
  readonly json?: boolean;
}

/** Says why a trigger did not fire, and what would make it. */
export async function triggerExplain(
  namespace: string,
  flow: string,
  trigger: string,
  options: TriggerExplainOptions,
): Promise<number> {
  const explanation = await connect(options).explainTrigger(namespace, flow, trigger, options.execution);
  if (options.json === true) process.stdout.write(`${JSON.stringify(explanation, undefined, 2)}\n`);
  else process.stdout.write(formatTrigger(explanation, paintFor(process.stdout), Date.now()));
  return 0;
}
