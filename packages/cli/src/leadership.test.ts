import type { NetworkInterfaceInfo } from "node:os";
import { expect, test } from "vitest";
import { pino } from "pino";
import type { Server } from "@capstan/server";
import type { Member } from "@capstan/store";
import { describeSelf, type Leadership, reachable, Succession } from "./leadership.ts";

function address(text: string, family: "IPv4" | "IPv6", internal = false): NetworkInterfaceInfo {
  return { address: text, family, internal } as NetworkInterfaceInfo;
}

const LOOPBACK = [address("127.0.0.1", "IPv4", true)];
const URL_OF_ALL = "http://127.0.0.1:8080";

test.each([
  ["a server on one address is reached there", "10.0.0.7", "http://10.0.0.7:8080", "http://10.0.0.7:8080"],
  ["a server on all addresses is reached at the first outward one", "0.0.0.0", URL_OF_ALL, "http://192.168.1.4:8080"],
  ["a server on all addresses by IPv6 as well", "::", URL_OF_ALL, "http://192.168.1.4:8080"],
])("%s", (_what, host, url, expected) => {
  const outward = [address("fd00::4", "IPv6"), address("192.168.1.4", "IPv4")];
  expect(reachable(url, host, { lo: LOOPBACK, eth0: outward })).toBe(expected);
});

test("a machine without an outward address of one kind is reached by the other, or by itself alone", () => {
  expect(reachable(URL_OF_ALL, "::", { lo: LOOPBACK, eth0: [address("fd00::4", "IPv6")] })).toBe(
    "http://[fd00::4]:8080",
  );
  expect(reachable(URL_OF_ALL, "0.0.0.0", { lo: LOOPBACK })).toBe("http://127.0.0.1:8080");
});

test("a server that is about to end waits for no successor when only itself is seen standing by", async () => {
  const self = describeSelf(["executor"]);
  const seen: Member = { ...self, state: "STANDBY", startedAt: 0, silentMs: 0, isLost: false };
  const membership: Leadership["membership"] = {
    start: () => undefined,
    stop: async () => undefined,
    announce: () => undefined,
    members: async () => [seen],
    joined: Promise.resolve(),
    isHost: () => false,
    isFingerprint: () => false,
    onLeader: (listener) => listener({ address: undefined, isFormerLost: false }),
  };
  const leadership: Leadership = {
    self,
    token: "",
    membership,
    standingBy: Promise.resolve(),
    addressOf: (url) => url,
  };
  const http = { follow: () => undefined, drained: async () => undefined } as unknown as Server;
  const succession = new Succession(http, leadership, pino({ level: "silent" }));
  const state = await Promise.race([
    succession.succeeded().then(() => "went on"),
    new Promise((resolve) => setImmediate(() => setImmediate(() => resolve("waits")))),
  ]);
  expect(state).toBe("went on");
});
