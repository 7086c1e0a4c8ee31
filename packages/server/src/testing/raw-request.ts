import { connect } from "node:net";

/** Sends bytes as they are, over a socket of its own; answers the status, or undefined when none came. */
export function sendRaw(
  url: string,
  text: string,
  options: { readonly hangUp?: boolean } = {},
): Promise<number | undefined> {
  const { port, hostname } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let answer = "";
    socket.setEncoding("utf8");
    socket.on("data", (chunk: string) => {
      answer += chunk;
      if (answer.includes("\r\n\r\n")) socket.end();
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      const status = /^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1];
      resolve(status === undefined ? undefined : Number(status));
    });
    socket.write(text, () => {
      if (options.hangUp === true) socket.destroy();
    });
  });
}

/** The text of a form, part by part; each part is its headers and its content. */
export function formText(parts: readonly (readonly [headers: string, content: string])[], boundary = "x"): string {
  const shown = parts.map(([headers, content]) => `--${boundary}\r\n${headers}\r\n\r\n${content}\r\n`);
  return `${shown.join("")}--${boundary}--\r\n`;
}
