import { expect, onTestFinished, test } from "vitest";
import type { Welcome } from "./messages.ts";
import { type Transport, Uplink } from "./uplink.ts";

/** Well above what a busy machine needs. */
const PATIENT = { timeout: 30_000 };

/** A transport of which the test says everything. */
function transportByHand() {
  const opened: { readonly welcome: (said: Welcome) => void; readonly cut: () => void }[] = [];
  const posted: string[] = [];
  const transport: Transport = {
    open: (_hello, _text, signal) => {
      const [open, closed] = [Promise.withResolvers<Welcome>(), Promise.withResolvers<void>()];
      signal.addEventListener("abort", () => {
        open.reject(new Error("hung up"));
        closed.resolve();
      });
      opened.push({ welcome: open.resolve, cut: closed.resolve });
      return open.promise.then((welcome) => ({ welcome, closed: closed.promise }));
    },
    // Another server leads by now.
    post: async (session) => void posted.push(session),
  };
  return { opened, posted, transport };
}

const welcome = (session: string) => ({ session, isResumed: false, received: 0, lostAfterMs: 60_000 });

test("nothing is said while a line is being opened", async () => {
  const { opened, posted, transport } = transportByHand();
  const about = { id: "w", name: "w", groups: [], version: "1", host: "h", capacity: 1, isLeaving: false, jobs: [] };
  const heard = () => undefined;
  const uplink = new Uplink({ transport, self: () => about, heard, cutOff: () => () => true, news: heard });
  const running = uplink.run();
  onTestFinished(async () => {
    await uplink.end();
    await running;
  });
  await expect.poll(() => opened.length, PATIENT).toBe(1);
  opened[0]!.welcome(welcome("first"));
  opened[0]!.cut();
  await expect.poll(() => opened.length, PATIENT).toBe(2);
  const before = posted.length;
  uplink.send({ type: "leaving" });
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(posted.length).toBe(before);
  opened[1]!.welcome(welcome("second"));
  await expect.poll(() => posted.at(-1), PATIENT).toBe("second");
});
