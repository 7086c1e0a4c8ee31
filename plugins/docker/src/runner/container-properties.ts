import { dynamic, text, textMap } from "@capstan/sdk";
import { z } from "zod";

const texts = () => dynamic(z.array(text()));

const deviceRequests = () =>
  z.array(
    z.object({
      driver: text().optional().describe("Driver of the devices, such as `nvidia`."),
      count: dynamic(z.int()).optional().describe("How many devices; -1 for all."),
      deviceIds: texts().optional().describe("Which devices, in place of a count."),
      capabilities: dynamic(z.array(z.array(text())))
        .optional()
        .describe("What the devices must be able to do: a list of alternatives, each a list such as `[gpu]`."),
      options: textMap().optional().describe("Options of the driver."),
    }),
  );

const memory = () =>
  z.object({
    memory: text()
      .optional()
      .describe("The most that the container may use, such as `512MB`; Docker wants 6MB at least."),
    memorySwap: text().optional().describe("Memory and swap together; -1 for as much swap as there is."),
    memorySwappiness: text().optional().describe("How readily the engine swaps, 0 to 100."),
    memoryReservation: text().optional().describe("What the container is held to when the machine runs short."),
    kernelMemory: text().optional().describe("The most of the kernel's memory."),
    oomKillDisable: dynamic(z.boolean())
      .optional()
      .describe("Let what runs out of memory wait in place of killing it."),
  });

/** What a container is made with, besides its image and command. */
export const containerProperties = () => ({
  user: text().optional().describe("User in the container: a name or number, with `:group` if wanted."),
  extraHosts: texts().optional().describe("Further names of hosts, as `name:address`."),
  networkMode: text().optional().describe("Network: `bridge`, `host`, `none`, `container:NAME`, or the name of one."),
  portBindings: texts()
    .optional()
    .describe("Ports to open on the engine's machine, as `8080:80` or `127.0.0.1:53:53/udp`."),
  volumes: texts()
    .optional()
    .describe(
      "Folders of the engine's machine and volumes, as `/on/the/machine:/in/the/container:ro`. Whoever may write flows reaches the files of that machine by it.",
    ),
  deviceRequests: deviceRequests().optional().describe("Devices such as GPUs."),
  cpu: z
    .object({ cpus: dynamic(z.number().positive()).optional().describe("How many processors; 0.5 is half of one.") })
    .optional()
    .describe("Limit of processors."),
  memory: memory().optional().describe("Limits of memory. A unit is a power of 1024."),
  shmSize: text().optional().describe("Size of `/dev/shm`, such as `256MB`."),
  privileged: dynamic(z.boolean()).optional().describe("Give the container all rights on the engine's machine."),
});

export type ContainerProperties = z.output<z.ZodObject<ReturnType<typeof containerProperties>>>;

export const pullPolicy = () =>
  dynamic(z.enum(["IF_NOT_PRESENT", "ALWAYS", "NEVER"]))
    .default("IF_NOT_PRESENT")
    .describe("When the image is pulled.");
