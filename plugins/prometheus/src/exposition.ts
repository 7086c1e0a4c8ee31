import { TaskFailure } from "@capstan/sdk";

/** The media type of `expositionOf`. */
export const EXPOSITION_TYPE = "text/plain; version=0.0.4; charset=utf-8";

export interface Metric {
  readonly name: string;
  readonly value: string;
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

const METRIC_NAME = /^[a-zA-Z_:][\w:]*$/;
const LABEL_NAME = /^[a-zA-Z_]\w*$/;
const VALUE = /^(?:[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?|[+-]?inf(?:inity)?|nan)$/i;

/**
 * Metrics in the text format of Prometheus, one a line. Throws `TaskFailure` that says which one has a name or a value that Prometheus
 * does not take: it would say the line only, and a line break in a name would make a metric that nobody wrote.
 */
export function expositionOf(metrics: readonly Metric[]): string {
  return metrics.map((metric, index) => `${lineOf(metric, `metrics[${index}]`)}\n`).join("");
}

function lineOf({ name, value, labels = {} }: Metric, place: string): string {
  const number = value.trim();
  if (!METRIC_NAME.test(name))
    throw new TaskFailure(
      `\`${place}.name\` is "${name}", but the name of a metric has letters, digits, \`_\` and \`:\` only, and begins with no digit.`,
    );
  if (!VALUE.test(number))
    throw new TaskFailure(
      `\`${place}.value\` of ${name} is "${value}", which is no number. Give one such as 12.5 or NaN.`,
    );
  const pairs = Object.entries(labels).map(([label, text]) => {
    if (LABEL_NAME.test(label)) return `${label}="${escaped(text)}"`;
    throw new TaskFailure(
      `\`${place}.labels\` of ${name} has "${label}", but the name of a label has letters, digits and \`_\` only, and begins with no digit.`,
    );
  });
  return `${name}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${number}`;
}

function escaped(text: string): string {
  return text
    .replaceAll("\\", String.raw`\\`)
    .replaceAll('"', String.raw`\"`)
    .replaceAll("\n", String.raw`\n`);
}
