import { TaskFailure } from "@capstan/sdk";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";

/** Where tokens are given for a key, if it does not say. */
const TOKEN_ADDRESS = "https://oauth2.googleapis.com/token";

const serviceAccountKey = z.object({
  type: z.literal("service_account"),
  client_email: z.string(),
  private_key: z.string(),
  private_key_id: z.string().optional(),
  project_id: z.string().optional(),
  token_uri: z.string().default(TOKEN_ADDRESS),
});
const userLogin = z.object({
  type: z.literal("authorized_user"),
  client_id: z.string(),
  client_secret: z.string(),
  refresh_token: z.string(),
  quota_project_id: z.string().optional(),
  token_uri: z.string().default(TOKEN_ADDRESS),
});

export type ServiceAccountKey = z.output<typeof serviceAccountKey>;
export type UserLogin = z.output<typeof userLogin>;

/** What a token is asked for with; `machine` is the service account of the machine that the worker runs on. */
export type Credentials = ServiceAccountKey | UserLogin | { readonly type: "machine" };

/** What `serviceAccount` says. Throws `TaskFailure`, which shows nothing of it. */
export function writtenCredentials(json: string): ServiceAccountKey | UserLogin {
  return parsedCredentials(json, "`serviceAccount`");
}

/** What the worker finds: a file that its environment names, the login of gcloud, or its machine. */
export async function foundCredentials(environment: NodeJS.ProcessEnv = process.env): Promise<Credentials> {
  const named = environment["GOOGLE_APPLICATION_CREDENTIALS"];
  if (named !== undefined && named !== "") return parsedCredentials(await namedFile(named), `The file ${named}`);
  const folder = environment["CLOUDSDK_CONFIG"] ?? join(homedir(), ".config", "gcloud");
  const login = join(folder, "application_default_credentials.json");
  const json = await readFile(login, "utf8").catch(() => undefined);
  return json === undefined ? { type: "machine" } : parsedCredentials(json, `The file ${login}`);
}

async function namedFile(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new TaskFailure(
      `The file ${path} can't be read (${code}), which GOOGLE_APPLICATION_CREDENTIALS of the worker names. Check it, or set \`serviceAccount\`.`,
      { cause: error },
    );
  }
}

function parsedCredentials(json: string, where: string): ServiceAccountKey | UserLogin {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    // The parser's message would show a part of the key.
    throw new TaskFailure(`${where} is no JSON. Give the whole content of a key file that Google made.`);
  }
  const parsed = z.discriminatedUnion("type", [serviceAccountKey, userLogin]).safeParse(value);
  if (parsed.success) return parsed.data;
  const type: unknown = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
  if (type !== "service_account" && type !== "authorized_user")
    throw new TaskFailure(
      `${where} is no key that can be used: its \`type\` is ${JSON.stringify(type) ?? "not there"}, and must be "service_account" or "authorized_user".`,
    );
  const missing = parsed.error.issues.map(({ path }) => `\`${path.join(".")}\``).join(", ");
  throw new TaskFailure(`${where} is no whole key: check ${missing}. Give the whole content of the key file.`);
}
