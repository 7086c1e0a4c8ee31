import { expect, test } from "vitest";
import { byteSize } from "./byte-size.ts";
import { type ContainerPlan, containerSpec } from "./container-spec.ts";

const PLAN: ContainerPlan = { image: "ubuntu", env: {}, labels: {} };

test.each([
  ["1048576", 1_048_576],
  ["64b", 64],
  ["512MB", 512 * 1_024 ** 2],
  ["512m", 512 * 1_024 ** 2],
  ["1.5g", 1.5 * 1_024 ** 3],
  ["2 GiB", 2 * 1_024 ** 3],
  ["64KB", 64 * 1_024],
])("%s is a size", (text, bytes) => {
  expect(byteSize(text, "memory.memory")).toBe(bytes);
});

test.each(["", "MB", "-1", "1.2.3g", "12 potatoes"])("%j is no size", (text) => {
  expect(() => byteSize(text, "memory.memory")).toThrow(/^`memory.memory` is ".*", which is no size: write a number/);
});

test.each([
  ["8080:80", { "80/tcp": [{ HostIp: "", HostPort: "8080" }] }],
  ["80", { "80/tcp": [{ HostIp: "", HostPort: "" }] }],
  ["127.0.0.1:53:53/UDP", { "53/udp": [{ HostIp: "127.0.0.1", HostPort: "53" }] }],
  ["[::1]:8080:80", { "80/tcp": [{ HostIp: "::1", HostPort: "8080" }] }],
])("the port binding %s", (binding, expected) => {
  const spec = containerSpec({ ...PLAN, portBindings: [binding] });
  const ports = Object.fromEntries(Object.keys(expected).map((port) => [port, {}]));
  expect(spec).toMatchObject({ ExposedPorts: ports, HostConfig: { PortBindings: expected } });
});

test("several bindings of one port stand together", () => {
  const spec = containerSpec({ ...PLAN, portBindings: ["8080:80", "8081:80"] });
  const bindings = [
    { HostIp: "", HostPort: "8080" },
    { HostIp: "", HostPort: "8081" },
  ];
  expect(spec).toMatchObject({ HostConfig: { PortBindings: { "80/tcp": bindings } } });
});

test.each(["eighty", "1:2:3:4", "80/xyz", ""])("%j is no port binding", (binding) => {
  expect(() => containerSpec({ ...PLAN, portBindings: [binding] })).toThrow("in `portBindings` is no binding");
});

test("devices, limits and rights are said as engines want them", () => {
  const spec = containerSpec({
    ...PLAN,
    user: "1000",
    privileged: true,
    cpu: { cpus: 1.5 },
    memory: { memory: "1g", memorySwap: "-1", memoryReservation: "512m", memorySwappiness: "10", oomKillDisable: true },
    deviceRequests: [{ driver: "nvidia", count: -1, capabilities: [["gpu"]], options: { a: "b" } }],
    env: { A: "1=2" },
  });
  expect(spec).toMatchObject({
    User: "1000",
    Env: ["A=1=2"],
    HostConfig: {
      Privileged: true,
      NanoCpus: 1_500_000_000,
      Memory: 1_024 ** 3,
      MemorySwap: -1,
      MemoryReservation: 512 * 1_024 ** 2,
      MemorySwappiness: 10,
      OomKillDisable: true,
      DeviceRequests: [{ Driver: "nvidia", Count: -1, Capabilities: [["gpu"]], Options: { a: "b" } }],
    },
  });
});

test.each(["", "-1", "101", "1.5"])("the swappiness %j is none", (memorySwappiness) => {
  expect(() => containerSpec({ ...PLAN, memory: { memorySwappiness } })).toThrow("write a whole number from 0 to 100");
});
