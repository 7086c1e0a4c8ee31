import { dynamic, type TaskContext, TaskFailure, text } from "@capstan/sdk";
import { z } from "zod";
import type { AccountProperties } from "../account.ts";
import { type GoogleApi, googleApi } from "../google-api.ts";

const ADDRESS = "https://pubsub.googleapis.com";
/** A subscription without messages may be asked for so long, in milliseconds; its answer takes less. */
const SILENCE_MS_MAX = 120_000;

export const topicProperty = () =>
  text().describe("Name of the topic, or projects/…/topics/… for one of another project.");

export const serdeTypeProperty = () =>
  dynamic(z.enum(["STRING", "JSON"]))
    .default("STRING")
    .describe("Whether `data` is the text of a message, or its value as JSON. Default: STRING.");

export function pubsubApi(
  context: Pick<TaskContext<unknown>, "signal" | "now"> & Partial<Pick<TaskContext<unknown>, "mask">>,
  properties: AccountProperties,
): GoogleApi {
  return googleApi(context, properties, ADDRESS, SILENCE_MS_MAX);
}

/** The whole name of a topic or a subscription, such as projects/shop/topics/orders. Throws `TaskFailure` for one that can't be. */
export async function wholeName(api: GoogleApi, kind: "topics" | "subscriptions", name: string): Promise<string> {
  const whole = name.includes("/") ? name : `projects/${await api.project()}/${kind}/${name}`;
  const [start, project = "", given, id = "", ...rest] = whole.split("/");
  if (
    start === "projects" &&
    project !== "" &&
    given === kind &&
    rest.length === 0 &&
    /^[a-z][\w.~+%-]{2,254}$/iu.test(id)
  )
    return whole;
  throw new TaskFailure(
    `"${name}" names none of the ${kind} of Pub/Sub. Write its name of 3 to 255 letters, digits and -_.~+%, or projects/my-project/${kind}/my-name.`,
  );
}
