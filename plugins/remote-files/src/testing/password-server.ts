import { once } from "node:events";
import type { AddressInfo } from "node:net";
import ssh2 from "ssh2";
import { onTestFinished } from "vitest";

/** A server of SSH that asks for a password, in one way or the other, and offers nothing; OpenSSH would need an account for that. */
export async function startPasswordServer(method: "password" | "keyboard-interactive", password: string) {
  const asked: string[] = [];
  const server = new ssh2.Server({ hostKeys: [ssh2.utils.generateKeyPairSync("ed25519").private] }, (client) => {
    client.on("error", () => undefined);
    client.on("authentication", (attempt) => {
      asked.push(attempt.method);
      const answer = (given: string | undefined) => (given === password ? attempt.accept() : attempt.reject([method]));
      if (attempt.method !== method) attempt.reject([method]);
      else if (attempt.method === "password") answer(attempt.password);
      else if (attempt.method === "keyboard-interactive")
        attempt.prompt([{ prompt: "Word: ", echo: false }], (answers) => answer(answers[0]));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  return { port: String((server.address() as AddressInfo).port), asked };
}
