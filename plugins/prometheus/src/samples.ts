import { TaskFailure } from "@capstan/sdk";
import { z } from "zod";

/** One value of a series, or a scalar or text, which have no labels. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  /** Epoch seconds. */
  readonly timestamp: number;
  /** A number as Prometheus writes it (`0.25`, `NaN`, `+Inf`), or a text; of a native histogram its JSON. */
  readonly value: string;
}

/** What Prometheus answers for a query. */
export interface QueryAnswer {
  readonly data: { readonly resultType: string; readonly result: readonly unknown[] };
  readonly warnings?: readonly string[];
}

/** Timestamp and value. */
type Point = readonly [number, unknown];

interface Series {
  readonly metric?: Sample["labels"];
  readonly value?: Point;
  readonly histogram?: Point;
  readonly values?: readonly Point[];
  readonly histograms?: readonly Point[];
}

/** A sample in the outputs. */
export const sampleOutput = () =>
  z.object({
    labels: z.record(z.string(), z.string()).describe("Labels of the series; `__name__` is its name."),
    timestamp: z.number().describe("Epoch seconds."),
    value: z.string().describe("The number as text, such as `0.25`, `NaN` or `+Inf`."),
  });

/** All samples of a result, series by series. Throws `TaskFailure` for a type of result that is not known. */
export function samplesOf({ resultType, result }: QueryAnswer["data"]): Sample[] {
  switch (resultType) {
    case "scalar":
    case "string":
      return [sampleOf({}, result as unknown as Point)];
    case "vector":
    case "matrix":
      return (result as readonly Series[]).flatMap((series) =>
        pointsOf(series).map((point) => sampleOf(series.metric ?? {}, point)),
      );
    default:
      throw new TaskFailure(
        `The result has the type "${resultType}", which is none of vector, matrix, scalar and string. Check that \`url\` is that of Prometheus.`,
      );
  }
}

/** Instant results have one point a series. */
function pointsOf({ value, histogram, values, histograms }: Series): readonly Point[] {
  const single = value ?? histogram;
  return single === undefined ? [...(values ?? []), ...(histograms ?? [])] : [single];
}

function sampleOf(labels: Sample["labels"], [timestamp, value]: Point): Sample {
  return { labels, timestamp, value: typeof value === "string" ? value : JSON.stringify(value) };
}
