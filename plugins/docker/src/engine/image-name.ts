/** The parts of the name of an image. */
export interface ImageName {
  /** Where it is pulled from: `docker.io` where the name does not tell. */
  readonly registry: string;
  /** Registry and path, as written, without tag and digest. */
  readonly repository: string;
  /** Undefined where the name has a digest. */
  readonly tag: string | undefined;
  readonly digest: string | undefined;
}

const DOCKER_HUB = "docker.io";

/** `[registry[:port]/]path[:tag][@digest]`; a name with neither is of the tag `latest`. */
export function imageName(written: string): ImageName {
  const [name = "", digest] = written.trim().split("@");
  const [, repository = name, tag] = /^(.*):([^/:]+)$/.exec(name) ?? [];
  const [first = "", ...rest] = repository.split("/");
  const isRegistry = rest.length > 0 && (first === "localhost" || /[.:]/.test(first));
  const registry = isRegistry ? first : DOCKER_HUB;
  return { registry, repository, tag: tag ?? (digest === undefined ? "latest" : undefined), digest };
}

/** A registry is written in many ways: with a scheme, a path, or by the names that Docker Hub has had. */
export function sameRegistry(one: string, other: string): boolean {
  return plainRegistry(one) === plainRegistry(other);
}

function plainRegistry(written: string): string {
  const host = written
    .trim()
    .toLowerCase()
    .replace(/^https?:\/\//, "")
    .replace(/\/.*$/, "");
  return host === "index.docker.io" || host === "registry-1.docker.io" || host === "registry.hub.docker.com"
    ? DOCKER_HUB
    : host;
}
