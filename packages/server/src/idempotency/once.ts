import { IDEMPOTENCY_KEY_HEADER, REPLAYED_HEADER, type Route } from "@capstan/api";
import type { HeldKey, KeptResult } from "@capstan/runtime";
import type { JsonValue } from "@capstan/model";
import type { FastifyRequest } from "fastify";
import { principalOf } from "../authentication/credential.ts";
import type { Call, Handler } from "../mount.ts";
import { readFormFully } from "../requests/form.ts";
import type { ApiService } from "../service.ts";
import { answerGone } from "./answer-gone.ts";
import { createFingerprint, type Fingerprint } from "./fingerprint.ts";
import { keptFlow, keptFlows } from "./kept-flows.ts";
import { keyValues, readKey } from "./key-header.ts";

/** The key of a request, for the handler that creates something for it. */
export interface RequestKey {
  /** Takes the parts of a form as they are read. */
  readonly fingerprint: Fingerprint;
  /** To be committed with what is created; asked for when the whole request has been read. */
  identified(): HeldKey;
  /** What is created is durable: from now on the same request is answered, and waits if it has to, beside this one. */
  created(): void;
}

export interface OnceOptions<R extends Route> {
  /** What the first request was answered, of the execution that it started as that is now. */
  readonly again?: (call: Call<R>, executionId: string) => Promise<unknown>;
}

/** Headers that are part of what a request asks for. */
const MEANINGFUL_HEADERS = ["ttl", "description"];

/**
 * A handler that a request with the header `Idempotency-Key` reaches once, however often it is sent. What is refused creates
 * nothing, so nothing is kept of it. Without the header it costs one look at the headers.
 */
export function once<R extends Route>(
  service: ApiService,
  handler: (call: Call<R>, key: RequestKey | undefined) => unknown,
  { again }: OnceOptions<R> = {},
): Handler<R> {
  return async (call) => {
    const { request, reply } = call;
    if (request.headers[IDEMPOTENCY_KEY_HEADER] === undefined) return handler(call, undefined);
    const held = await holdFor(service, call);
    try {
      const fingerprint = fingerprintOf(request);
      if (held.kept !== undefined) {
        if (request.isMultipart()) await readFormFully(request, fingerprint);
        held.identify(fingerprint.digest());
        const answer = await answerAgain(service, call, held.kept, again);
        reply.header(REPLAYED_HEADER, "true");
        return answer;
      }
      const key: RequestKey = {
        fingerprint,
        identified: () => {
          held.identify(fingerprint.digest());
          return held;
        },
        created: () => held.release(),
      };
      const answer = await handler(call, key);
      if (!held.isKept) await keepAnswer(key.identified(), reply.statusCode, answer);
      return answer;
    } finally {
      held.release();
    }
  };
}

function holdFor(service: ApiService, { tenant, request }: Call<Route>): Promise<HeldKey> {
  const key = readKey(keyValues(request.raw.rawHeaders))!;
  const principal = service.authenticator === undefined ? "" : principalOf(request.headers);
  const [path] = request.url.split("?", 1);
  return service.runtime.requestKeys.hold({ tenant, principal, route: `${request.method} ${path}`, key });
}

function fingerprintOf(request: FastifyRequest): Fingerprint {
  const query = request.url.slice(request.url.split("?", 1)[0]!.length);
  const fingerprint = createFingerprint(
    query,
    MEANINGFUL_HEADERS.map((name) => request.headers[name] ?? null),
  );
  if (typeof request.body === "string") fingerprint.text(request.body);
  return fingerprint;
}

function keepAnswer(held: HeldKey, status: number, answer: unknown): Promise<void> {
  const body = answer === undefined ? {} : { body: JSON.parse(JSON.stringify(answer)) as JsonValue };
  return held.keep({ answer: { status, ...body } });
}

async function answerAgain<R extends Route>(
  service: ApiService,
  call: Call<R>,
  kept: KeptResult,
  again: OnceOptions<R>["again"],
): Promise<unknown> {
  if ("answer" in kept) {
    call.reply.code(kept.answer.status);
    return kept.answer.body;
  }
  if ("flow" in kept) return keptFlow(service, call.tenant, kept.flow);
  if ("flows" in kept) return keptFlows(service, call.tenant, kept.flows);
  if (again === undefined) throw new Error(`the route ${call.request.url} keeps executions, and can't show them`);
  if ((await service.runtime.executions.get(call.tenant, kept.executionId)) === undefined)
    throw answerGone(kept.executionId);
  return again(call, kept.executionId);
}
