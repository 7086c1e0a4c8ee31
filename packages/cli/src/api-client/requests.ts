import { refusalOf, silenceOf } from "./refusals.ts";

export interface Connection {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** `name:password` of basic authentication. */
  readonly user?: string;
  /** Goes before `user`. */
  readonly token?: string;
}

export type Query = Readonly<Record<string, string | number | readonly string[] | undefined>>;

export interface Call {
  readonly query?: Query;
  readonly body?: string | FormData;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Answers a 404 instead of throwing. */
  readonly missing?: boolean;
}

export type Sender = (method: string, path: string, request?: Call) => Promise<Response>;

/** Sends requests to a server's API. A refusal, or silence, is thrown as a `Mistake` with a remedy. */
export function createSender({ url, user, token }: Connection): Sender {
  const base = `${url.replace(/\/+$/, "")}/api/v1/main/`;
  const credential =
    token !== undefined ? `Bearer ${token}` : user && `Basic ${Buffer.from(user, "utf8").toString("base64")}`;
  const authorization = credential === undefined ? {} : { authorization: credential };
  return async (method, path, request = {}) => {
    const address = new URL(path, base);
    for (const [name, value] of Object.entries(request.query ?? {}))
      for (const item of Array.isArray(value) ? value : [value])
        if (item !== undefined) address.searchParams.append(name, String(item));
    const response = await reach(address, {
      method,
      headers: { ...authorization, ...request.headers },
      ...(request.body !== undefined && { body: request.body }),
      ...(request.signal !== undefined && { signal: request.signal }),
    });
    if (response.ok || (request.missing === true && response.status === 404)) return response;
    throw await refusalOf(response, address, credential !== undefined);
  };
}

async function reach(address: URL, init: RequestInit): Promise<Response> {
  try {
    return await fetch(address, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw silenceOf(address, error);
  }
}
