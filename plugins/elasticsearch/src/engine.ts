/** One of the two servers, which took different ways and still answer the same requests. */
export interface Engine {
  /** As in `io.kestra.plugin.<name>.Search`. */
  readonly name: "elasticsearch" | "opensearch";
  /** As people call it. */
  readonly title: string;
}

export const elasticsearch: Engine = { name: "elasticsearch", title: "Elasticsearch" };
export const opensearch: Engine = { name: "opensearch", title: "OpenSearch" };

/** The lines of an example that say where the server is. */
export const EXAMPLE_CONNECTION =
  "connection:\n  hosts: [https://search.example.com:9200]\n  basicAuth:\n    username: capstan\n" +
  "    password: \"{{ secret('SEARCH_PASSWORD') }}\"\n";
