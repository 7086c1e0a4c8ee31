import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { connect, constants, createSecureServer, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate and its key, as PEM. */
export interface Identity {
  readonly certificate: string;
  readonly key: string;
}

export interface Admission {
  /** Who is let in with a certificate of their own. */
  readonly client?: Identity;
  /** And with a key. */
  readonly apiKey?: string;
}

/** TLS in front of a server that has none, as Temporal Cloud has it, for `localhost` only. */
export interface SecureFront extends AsyncDisposable {
  readonly port: number;
  readonly certificate: string;
}

/** Makes a certificate that vouches for itself. */
export function selfSigned(name: string): Identity {
  const folder = mkdtempSync(join(tmpdir(), "capstan-certificate-"));
  const words =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -keyout key.pem -out crt.pem " +
    `-subj /CN=${name} -addext subjectAltName=DNS:${name}`;
  try {
    execFileSync("openssl", words.split(" "), { cwd: folder, stdio: "ignore" });
    const [certificate, key] = ["crt.pem", "key.pem"].map((file) => readFileSync(join(folder, file), "utf8"));
    return { certificate: certificate!, key: key! };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export async function startSecureFront(upstreamPort: number, { client, apiKey }: Admission): Promise<SecureFront> {
  const own = selfSigned("localhost");
  const upstream = connect(`http://127.0.0.1:${upstreamPort}`);
  const server = createSecureServer({
    key: own.key,
    cert: own.certificate,
    ...(client !== undefined && { ca: client.certificate, requestCert: true, rejectUnauthorized: true }),
  });
  const sessions = new Set<{ destroy(): void }>();
  server.on("session", (session) => sessions.add(session));
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    stream.on("error", () => undefined);
    if (apiKey === undefined || headers.authorization === `Bearer ${apiKey}`) forward(stream, headers);
    else stream.respond(UNAUTHENTICATED, { endStream: true });
  });
  const forward = (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    const request = upstream.request(headers);
    let trailers: IncomingHttpHeaders = {};
    request.on("error", () => undefined);
    request.on("trailers", (given) => (trailers = given));
    request.on("response", (given, flags) => {
      const isAll = (flags & constants.NGHTTP2_FLAG_END_STREAM) !== 0;
      stream.respond(given, isAll ? { endStream: true } : { waitForTrailers: true });
    });
    stream.on("wantTrailers", () => stream.sendTrailers(trailers));
    stream.on("close", () => request.close(constants.NGHTTP2_CANCEL));
    stream.pipe(request);
    request.pipe(stream);
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    certificate: own.certificate,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.destroy();
      upstream.destroy();
      server.close();
      await once(server, "close");
    },
  };
}

const UNAUTHENTICATED = {
  ":status": 200,
  "content-type": "application/grpc",
  "grpc-status": "16",
  "grpc-message": "Request unauthorized",
};
