/** A flow that a schedule starts each second. */
export function tickFlow(namespace: string): string {
  return `
id: tick
namespace: ${namespace}
triggers:
  - id: every-second
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "* * * * * *"
    withSeconds: true
    allowConcurrent: true
tasks:
  - id: log
    type: io.kestra.plugin.core.log.Log
    message: "{{ trigger.date }}"
`;
}
