import { TaskFailure } from "@capstan/sdk";
import { byteSize } from "./byte-size.ts";
import type { ContainerProperties } from "./container-properties.ts";

/** A container to make: what is said of it in properties, and what is to run in it. */
export interface ContainerPlan extends ContainerProperties {
  readonly image: string;
  /** Arguments of the entry point, or program and arguments where there is none; that of the image when absent. */
  readonly command?: readonly string[] | undefined;
  /** That of the image when absent; `[""]` takes it away. */
  readonly entryPoint?: readonly string[] | undefined;
  readonly env: Readonly<Record<string, string>>;
  readonly workingDirectory?: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  /** Further folders, as in `volumes`. */
  readonly binds?: readonly string[];
  /** The engine removes it when it ends. */
  readonly removesItself?: boolean;
}

const NANO = 1_000_000_000;

/** The body of the engine's request that makes the container. Throws `TaskFailure` for what can't be said to an engine. */
export function containerSpec(plan: ContainerPlan): object {
  const { image, command, entryPoint, env, user, workingDirectory, labels, extraHosts, networkMode, privileged } = plan;
  const { binds = [], volumes = [], deviceRequests, cpu, shmSize, removesItself } = plan;
  const ports = (plan.portBindings ?? []).map(portBinding);
  return {
    Image: image,
    Cmd: command === undefined || command.length === 0 ? undefined : command,
    Entrypoint: entryPoint,
    Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
    User: user,
    WorkingDir: workingDirectory,
    Labels: labels,
    ExposedPorts: Object.fromEntries(ports.map(({ port }) => [port, {}])),
    HostConfig: {
      Binds: [...volumes, ...binds],
      ExtraHosts: extraHosts,
      NetworkMode: networkMode,
      PortBindings: bindingsByPort(ports),
      Privileged: privileged,
      ShmSize: shmSize === undefined ? undefined : byteSize(shmSize, "shmSize"),
      NanoCpus: cpu?.cpus === undefined ? undefined : Math.round(cpu.cpus * NANO),
      AutoRemove: removesItself,
      DeviceRequests: deviceRequests?.map(({ driver, count, deviceIds, capabilities, options }) => ({
        Driver: driver,
        Count: count,
        DeviceIDs: deviceIds,
        Capabilities: capabilities,
        Options: options,
      })),
      ...memoryLimits(plan.memory),
    },
  };
}

function memoryLimits(memory: ContainerPlan["memory"] = {}): object {
  const bytes = (name: "memory" | "memorySwap" | "memoryReservation" | "kernelMemory") => {
    const text = memory[name];
    if (text === undefined) return undefined;
    return name === "memorySwap" && text.trim() === "-1" ? -1 : byteSize(text, `memory.${name}`);
  };
  const { memorySwappiness } = memory;
  return {
    Memory: bytes("memory"),
    MemorySwap: bytes("memorySwap"),
    MemoryReservation: bytes("memoryReservation"),
    KernelMemory: bytes("kernelMemory"),
    MemorySwappiness: memorySwappiness === undefined ? undefined : swappiness(memorySwappiness),
    OomKillDisable: memory.oomKillDisable,
  };
}

function swappiness(text: string): number {
  const number = Number(text);
  if (text.trim() !== "" && Number.isInteger(number) && number >= 0 && number <= 100) return number;
  throw new TaskFailure(`\`memory.memorySwappiness\` is "${text}": write a whole number from 0 to 100`);
}

interface PortBinding {
  /** `80/tcp`. */
  readonly port: string;
  readonly HostIp: string;
  readonly HostPort: string;
}

function portBinding(written: string): PortBinding {
  const [, address, hostPort = "", port, protocol = "tcp"] =
    /^(?:(?:(\[[\da-f:]+\]|[\d.]+):)?(\d*):)?(\d+)(?:\/(tcp|udp|sctp))?$/i.exec(written.trim()) ?? [];
  if (port === undefined)
    throw new TaskFailure(
      `"${written}" in \`portBindings\` is no binding: write 8080:80, 127.0.0.1:8080:80 or 53:53/udp`,
    );
  const HostIp = (address ?? "").replaceAll(/[[\]]/g, "");
  return { port: `${port}/${protocol.toLowerCase()}`, HostIp, HostPort: hostPort };
}

function bindingsByPort(ports: readonly PortBinding[]): object {
  const byPort = Object.groupBy(ports, ({ port }) => port);
  const entries = Object.entries(byPort).map(([port, bindings = []]) => [
    port,
    bindings.map(({ HostIp, HostPort }) => ({ HostIp, HostPort })),
  ]);
  return Object.fromEntries(entries);
}
