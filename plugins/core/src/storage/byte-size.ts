import { dynamic } from "@capstan/sdk";
import { z } from "zod";

const UNITS = ["", "K", "M", "G", "T"];

/** A number of bytes: `10KB`, `1.5 MB`, or plain. The task gets the number. */
export function byteSize() {
  return dynamic(
    z.union([
      z.number(),
      z.string().transform((source, context) => {
        const match = /^\s*(\d+(?:\.\d+)?)\s*([KMGT]?)(?:i?B)?\s*$/i.exec(source);
        const unit = UNITS.indexOf((match?.[2] ?? "").toUpperCase());
        if (match !== null) return Math.floor(Number(match[1]) * 1_024 ** unit);
        context.addIssue({ code: "custom", message: "Expected a size such as 10KB" });
        return z.NEVER;
      }),
    ]),
  );
}
