import { type TaskContext, TaskFailure } from "@capstan/sdk";
import { addressBelow, callVendor } from "@capstan/sdk/http";
import { z } from "zod";

export interface OdooConnection {
  readonly url: string;
  readonly db: string;
  readonly username: string;
  readonly password: string;
}

/** Calls a method of a model with what it takes by place and by name. */
export type CallModel = <Result>(
  method: string,
  positional: readonly unknown[],
  named: Readonly<Record<string, unknown>>,
  result: z.ZodType<Result>,
) => Promise<Result>;

type Context = Pick<TaskContext<OdooConnection>, "properties" | "signal">;

/** Signs in, and answers how a model is called. Throws `TaskFailure` when the account isn't known, and with the reason for what is refused. */
export async function openModel(context: Context, model: string): Promise<CallModel> {
  const { db, username, password } = context.properties;
  const uid = await callService(
    context,
    { what: "Signing in to Odoo", service: "common", method: "authenticate", args: [db, username, password, {}] },
    z.union([z.int(), z.literal(false)]),
  );
  if (uid === false)
    throw new TaskFailure(
      `Odoo doesn't know ${username} in the database ${db} with this password. Check all three; an API key goes as \`password\`.`,
    );
  return (method, positional, named, result) => {
    const args = [db, uid, password, model, method, positional, named];
    return callService(
      context,
      { what: `${method} of ${model}`, service: "object", method: "execute_kw", args },
      result,
    );
  };
}

interface ServiceCall {
  readonly what: string;
  readonly service: string;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** Odoo refuses with status 200. What it shows of its own code is left out. */
async function callService<Result>(
  { properties, signal }: Context,
  { what, service, method, args }: ServiceCall,
  result: z.ZodType<Result>,
): Promise<Result> {
  const { value } = await callVendor(signal, {
    what,
    url: addressBelow(properties.url, "/jsonrpc"),
    body: { jsonrpc: "2.0", method: "call", id: 1, params: { service, method, args } },
    answer: z.union([
      z.object({ error: z.object({ message: z.string(), data: z.object({ message: z.string() }).optional() }) }),
      z.object({ result }),
    ]),
  });
  if ("error" in value)
    throw new TaskFailure(`${what} was refused by Odoo: ${value.error.data?.message ?? value.error.message}`);
  return value.result;
}
