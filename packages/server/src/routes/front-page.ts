import type { FastifyInstance } from "fastify";

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>Capstan</title>
  </head>
  <body>
    <h1>Capstan</h1>
    <p>This is the HTTP API of a Capstan server, which runs workflows written in YAML. There is no web interface.</p>
    <ul>
      <li><a href="/api/v1/openapi.json">OpenAPI document</a>, also <a href="/api/v1/openapi.yml">as YAML</a></li>
      <li><a href="/health">Health</a></li>
      <li>Command line: <code>capstan --help</code></li>
      <li>Documentation: <code>docs/README.md</code> in the folder that Capstan was installed from</li>
    </ul>
  </body>
</html>
`;

/** Tells whoever opens the server's address in a browser what it is, and where to go on. Says nothing of this server. */
export function mountFrontPage(server: FastifyInstance): void {
  server.get("/", { config: { public: true } }, (_request, reply) => reply.type("text/html; charset=utf-8").send(PAGE));
}
