import { randomUUID } from "node:crypto";
import { arch, platform, release } from "node:os";
import { TaskFailure } from "@capstan/sdk";
import type { SnowflakeAddress } from "./address.ts";
import { loginRefusal, snowflakeRefusal } from "./failure.ts";
import { keyPairToken } from "./key-pair.ts";
import type { Binding, RowType } from "./values.ts";
import { exchange, type WireAnswer, type WireRequest } from "./wire.ts";

/** Somebody who has come in. It must be disposed, so that nothing of it stays open on the server. */
export interface SnowflakeSession extends AsyncDisposable {
  /** Runs a statement to its end. An abort of the signal ends it on the server. Throws `DatabaseFailure`. */
  run(sql: string, bindings: readonly Binding[]): Promise<StatementAnswer>;
  /** The answer of a statement that has run, once more: its files are named anew. Throws `DatabaseFailure`. */
  answerOf(queryId: string): Promise<StatementAnswer>;
}

/** What a statement answers. */
export interface StatementAnswer {
  readonly queryId: string;
  readonly statementTypeId: number;
  readonly rowtype: readonly RowType[];
  /** The first rows. */
  readonly rowset: readonly RawRow[];
  /** Files with the rows behind those. */
  readonly chunks?: readonly Chunk[];
  /** Headers that these files are asked for with. */
  readonly chunkHeaders?: Readonly<Record<string, string>>;
  /** The key of the files, where there are no headers. */
  readonly qrmk?: string;
  /** Of statements that move files: what the client is to do. */
  readonly command?: string;
}

export type RawRow = readonly (string | null)[];

export interface Chunk {
  readonly url: string;
  readonly rowCount: number;
}

interface Tokens {
  readonly token: string;
  readonly masterToken: string;
}

/** The answer to a login. */
type Login = Tokens;
/** The answer to a renewal. */
interface Renewal {
  readonly sessionToken: string;
  readonly masterToken: string;
}

/** The server sends rows in the format of this driver, and lets in no driver that is too old; its owners can tell the client by `APPLICATION`. */
const CLIENT = { CLIENT_APP_ID: "JavaScript", CLIENT_APP_VERSION: "3.3.0" };
const APPLICATION = "Capstan";
/** Statements that are not done yet: the answer is asked for again, and waits for them. */
const IN_PROGRESS: ReadonlySet<string> = new Set(["333333", "333334"]);
const TOKEN_EXPIRED = "390112";
/** How long the server may take to hear that something is over, in milliseconds. */
const END_MS_MAX = 5_000;

/** Comes in. `signal` ends what runs. Throws `TaskFailure`. */
export async function startSnowflakeSession(address: SnowflakeAddress, signal: AbortSignal): Promise<SnowflakeSession> {
  let tokens: Tokens = await login(address, signal);
  const ask = async (request: WireRequest, limit: AbortSignal): Promise<WireAnswer<StatementAnswer & InProgress>> => {
    const answer = await exchange<StatementAnswer & InProgress>(
      address.origin,
      { ...request, token: tokens.token },
      limit,
    );
    if (answer.code !== TOKEN_EXPIRED) return answer;
    tokens = await renewed(address, tokens, limit);
    return exchange(address.origin, { ...request, token: tokens.token }, limit);
  };
  const answered = async (request: WireRequest): Promise<StatementAnswer> => {
    let answer = await ask(request, signal);
    while (IN_PROGRESS.has(answer.code ?? ""))
      answer = await ask({ method: "GET", path: answer.data?.getResultUrl ?? "", headers: ROWS }, signal);
    if (!answer.success || answer.data === null) throw snowflakeRefusal(answer);
    return answer.data;
  };
  const tell = async (path: string, body?: unknown): Promise<void> => {
    // Where nobody hears it, the server ends it when its time is over.
    await ask({ method: "POST", path, body }, AbortSignal.timeout(END_MS_MAX)).catch(() => undefined);
  };
  let ending: Promise<void> | undefined;
  return {
    run: async (sql, bindings) => {
      signal.throwIfAborted();
      const requestId = randomUUID();
      const end = () => {
        ending = tell(`/queries/v1/abort-request?requestId=${randomUUID()}`, { requestId });
      };
      signal.addEventListener("abort", end);
      try {
        return await answered({
          method: "POST",
          path: `/queries/v1/query-request?requestId=${requestId}`,
          headers: ROWS,
          body: statementOf(sql, bindings),
        });
      } finally {
        signal.removeEventListener("abort", end);
      }
    },
    answerOf: (queryId) =>
      answered({ method: "GET", path: `/queries/${encodeURIComponent(queryId)}/result`, headers: ROWS }),
    [Symbol.asyncDispose]: async () => {
      await ending;
      await tell(`/session?delete=true&requestId=${randomUUID()}`);
    },
  };
}

/** Answers with rows are asked for by a name of their own. */
const ROWS = { Accept: "application/snowflake" };

interface InProgress {
  readonly getResultUrl?: string;
}

function statementOf(sqlText: string, bindings: readonly Binding[]) {
  return {
    sqlText,
    disableOfflineChunks: false,
    ...(bindings.length > 0 && {
      bindings: Object.fromEntries(bindings.map((binding, index) => [String(index + 1), binding])),
    }),
  };
}

async function login(address: SnowflakeAddress, signal: AbortSignal): Promise<Tokens> {
  const { origin, account, user, credentials, warehouse, database, schema, role, queryTag } = address;
  const places = { warehouse, databaseName: database, schemaName: schema, roleName: role };
  const parameters = new URLSearchParams({ requestId: randomUUID() });
  for (const [name, value] of Object.entries(places)) if (value !== undefined) parameters.set(name, value);
  const proof =
    "password" in credentials
      ? { AUTHENTICATOR: "SNOWFLAKE", PASSWORD: credentials.password }
      : {
          AUTHENTICATOR: "SNOWFLAKE_JWT",
          TOKEN: keyPairToken({ account, user, ...credentials }, Math.floor(Date.now() / 1000)),
        };
  const data = {
    ACCOUNT_NAME: account,
    LOGIN_NAME: user,
    ...CLIENT,
    ...proof,
    // Whoever connects may be set up to have nothing count without a COMMIT.
    SESSION_PARAMETERS: { AUTOCOMMIT: true, ...(queryTag !== undefined && { QUERY_TAG: queryTag }) },
    CLIENT_ENVIRONMENT: { APPLICATION, OS: platform(), OS_VERSION: `${release()} ${arch()}` },
  };
  const path = `/session/v1/login-request?${parameters.toString()}`;
  const answer = await exchange<Login>(origin, { method: "POST", path, headers: CLIENT, body: { data } }, signal);
  if (!answer.success || answer.data === null) throw loginRefusal(answer);
  if (!answer.data.token)
    throw new TaskFailure("The server lets nobody in: it asks for more than a password or a key.");
  return answer.data;
}

/** Sessions last for as long as they are renewed in time. */
async function renewed({ origin }: SnowflakeAddress, old: Tokens, signal: AbortSignal): Promise<Tokens> {
  const answer = await exchange<Renewal>(
    origin,
    {
      method: "POST",
      path: `/session/token-request?requestId=${randomUUID()}`,
      token: old.masterToken,
      headers: CLIENT,
      body: { requestType: "RENEW", oldSessionToken: old.token },
    },
    signal,
  );
  if (!answer.success || answer.data === null) throw snowflakeRefusal(answer);
  return { token: answer.data.sessionToken, masterToken: answer.data.masterToken };
}
