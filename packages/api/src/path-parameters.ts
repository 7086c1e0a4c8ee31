import { z } from "zod";
import { PATH_PARAMETER_LENGTH_MAX } from "./route.ts";

const NAMESPACE = z
  .string()
  .max(PATH_PARAMETER_LENGTH_MAX)
  .regex(/^[a-zA-Z0-9][a-zA-Z0-9._-]*$/);
const PARAMETER = z.string().min(1).max(PATH_PARAMETER_LENGTH_MAX);

/** The schema of the parameters in a path. */
export function pathParameters(path: string): z.ZodObject {
  const names = Array.from(path.matchAll(/\{(\w+)\}/g), (match) => match[1] ?? "");
  return z.object(Object.fromEntries(names.map((name) => [name, name === "namespace" ? NAMESPACE : PARAMETER])));
}
