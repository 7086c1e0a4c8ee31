import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Git's own HTTP server on a free port of this machine, with one bare repository. */
export interface GitServer extends AsyncDisposable {
  /** Address of the repository. */
  readonly url: string;
  /** Paths of the requests that came. */
  readonly asked: readonly string[];
  /** Commits files, and links to what they name, to a branch, which is begun if there is none; answers the commit's id. */
  commit(
    branch: string,
    files: Readonly<Record<string, string | { readonly link: string }>>,
    message?: string,
  ): Promise<string>;
  /** Runs Git in the repository. */
  git(...words: readonly string[]): Promise<string>;
}

export interface GitServerOptions {
  /** `name:password` that it asks for. */
  readonly login?: string;
  /** Answers nothing to requests, for ever. */
  readonly isSilent?: boolean;
}

const IDENTITY = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "init.defaultBranch=main"];

export async function startGitServer({ login, isSilent = false }: GitServerOptions = {}): Promise<GitServer> {
  const folder = await mkdtemp(join(tmpdir(), "capstan-git-server-"));
  const repository = join(folder, "team.git");
  const git = async (...words: readonly string[]) => (await run("git", ["-C", repository, ...words])).stdout.trim();
  await run("git", [...IDENTITY, "init", "--quiet", "--bare", repository]);
  await git("config", "http.receivepack", "true");
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (isSilent) return;
    if (login !== undefined && request.headers.authorization !== `Basic ${Buffer.from(login).toString("base64")}`)
      response.writeHead(401, { "WWW-Authenticate": 'Basic realm="git"' }).end();
    else serve(folder, request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/team.git`,
    asked,
    git,
    async commit(branch, files, message = "change") {
      const work = await mkdtemp(join(folder, "work-"));
      const inWork = (...words: readonly string[]) => run("git", ["-C", work, ...IDENTITY, ...words]);
      await inWork("init", "--quiet");
      await inWork("remote", "add", "origin", repository);
      const known = await inWork("fetch", "--quiet", "origin", branch).then(
        () => true,
        () => false,
      );
      await inWork("checkout", "--quiet", ...(known ? ["-B", branch, "FETCH_HEAD"] : ["--orphan", branch]));
      for (const [path, content] of Object.entries(files)) {
        await mkdir(dirname(join(work, path)), { recursive: true });
        if (typeof content === "string") await writeFile(join(work, path), content);
        else await symlink(content.link, join(work, path));
      }
      await inWork("add", "--all");
      await inWork("commit", "--quiet", "--message", message);
      await inWork("push", "--quiet", "origin", `HEAD:refs/heads/${branch}`);
      return (await inWork("rev-parse", "HEAD")).stdout.trim();
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** One request, as a web server hands it to a CGI program. */
function serve(root: string, request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? "/", "http://localhost");
  const child = spawn("git", ["http-backend"], {
    env: {
      PATH: process.env["PATH"] ?? "",
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: "1",
      PATH_INFO: url.pathname,
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? "GET",
      CONTENT_TYPE: request.headers["content-type"] ?? "",
      HTTP_CONTENT_ENCODING: request.headers["content-encoding"] ?? "",
      HTTP_GIT_PROTOCOL: String(request.headers["git-protocol"] ?? ""),
      REMOTE_USER: "tester",
    },
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.on("error", () => undefined); // It may have enough of a body before its end.
  request.pipe(child.stdin);
  let head: Buffer | undefined = Buffer.alloc(0);
  child.stdout.on("data", (piece: Buffer) => {
    if (head === undefined) {
      response.write(piece);
      return;
    }
    head = Buffer.concat([head, piece]);
    const end = head.indexOf("\r\n\r\n");
    if (end === -1) return;
    const fields = head
      .subarray(0, end)
      .toString()
      .split("\r\n")
      .map((line) => line.split(/: (.*)/, 2) as [string, string]);
    const status = fields.find(([name]) => name === "Status")?.[1] ?? "200";
    response.writeHead(Number.parseInt(status, 10), Object.fromEntries(fields.filter(([name]) => name !== "Status")));
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  child.stdout.on("end", () => response.end());
}
