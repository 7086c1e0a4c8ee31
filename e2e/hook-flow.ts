/** A flow that a webhook with the key `the-key` starts: it waits, then loops. */
export function hookFlow(namespace: string): string {
  return `
id: hook
namespace: ${namespace}
triggers:
  - id: hook
    type: io.kestra.plugin.core.trigger.Webhook
    key: the-key
tasks:
  - id: pause
    type: io.kestra.plugin.core.flow.Pause
    pauseDuration: PT0.5S
  - id: each
    type: io.kestra.plugin.core.flow.ForEach
    values: [1, 2, 3]
    tasks:
      - id: log
        type: io.kestra.plugin.core.log.Log
        message: "{{ taskrun.value }}"
`;
}
