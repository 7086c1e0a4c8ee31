"""Drives a running server through the official Python clients; prints one line for each step, exits 1 at the first that fails.

Usage: kestra_clients.py URL USER PASSWORD
"""

import json
import os
import sys
import time

import kestra
import kestrapy
from kestrapy.query import eq, where
from kestrapy import QueryFilterField as F

URL, USER, PASSWORD = sys.argv[1:4]
TENANT, NAMESPACE = "main", f"clients.run{int(time.time())}"

FLOW = f"""# a comment that stays
id: greet
namespace: {NAMESPACE}
labels:
  team: clients
inputs:
  - id: name
    type: STRING
    defaults: world
  - id: data
    type: FILE
    required: false
  - id: options
    type: JSON
    required: false
tasks:
  - id: hello
    type: io.kestra.plugin.core.log.Log
    message: "Hello {{{{ inputs.name }}}}"
  - id: value
    type: io.kestra.plugin.core.debug.Return
    format: "{{{{ inputs.name }}}}"
outputs:
  - id: greeting
    type: STRING
    value: "{{{{ outputs.value.value }}}}"
triggers:
  - id: daily
    type: io.kestra.plugin.core.trigger.Schedule
    cron: "0 3 * * *"
"""

PAUSED = f"""id: paused
namespace: {NAMESPACE}
tasks:
  - id: wait
    type: io.kestra.plugin.core.flow.Pause
    onResume:
      - id: reason
        type: STRING
  - id: after
    type: io.kestra.plugin.core.log.Log
    message: "{{{{ outputs.wait.onResume.reason }}}}"
"""


def step(name):
    print(name, flush=True)


def state_of(execution):
    current = execution.state.current
    return getattr(current, "value", current)


def ended(client, execution_id, wanted):
    for _ in range(300):
        execution = client.executions.execution(execution_id, TENANT)
        if state_of(execution) == wanted:
            return execution
        time.sleep(0.1)
    raise AssertionError(f"{execution_id} is {state_of(execution)}, not {wanted}")


def flows(client):
    step("flows: validate, create, read, update, search, revisions")
    assert client.flows.validate_flows(TENANT, FLOW)[0].constraints is None
    assert "taks" in client.flows.validate_flows(TENANT, FLOW.replace("tasks:", "taks:"))[0].constraints
    created = client.flows.create_flow(TENANT, FLOW)
    assert (created.id, created.namespace, created.revision) == ("greet", NAMESPACE, 1)
    read = client.flows.flow(NAMESPACE, "greet", TENANT, source=True)
    assert read.source == FLOW, read.source
    changed = FLOW.replace("Hello", "Welcome")
    assert client.flows.update_flow(NAMESPACE, "greet", TENANT, changed).revision == 2
    assert client.flows.search_flows(TENANT, filters=where(eq(F.NAMESPACE, NAMESPACE)))
    assert len(client.flows.list_flow_revisions(NAMESPACE, "greet", TENANT)) == 2
    assert [one.id for one in client.flows.list_flows_by_namespace(NAMESPACE, TENANT)] == ["greet"]
    assert NAMESPACE in client.flows.list_distinct_namespaces(TENANT)
    assert client.flows.task_from_flow(NAMESPACE, "greet", "hello", TENANT)
    step("flows: graph, dependencies, sources, parts, archives")
    assert client.flows.generate_flow_graph(NAMESPACE, "greet", TENANT).nodes
    assert client.flows.generate_flow_graph_from_source(TENANT, FLOW).nodes
    assert client.flows.flow_dependencies(NAMESPACE, "greet", TENANT)
    assert client.flows.search_flows_by_source_code(TENANT, q="Welcome")
    zipped = client.flows.export_flows_by_query(TENANT, filters=where(eq(F.NAMESPACE, NAMESPACE)))
    assert zipped[:2] == b"PK"
    client.flows.create_flow(TENANT, PAUSED)


def executions(client):
    step("executions: start with inputs and a file, wait for the end, outputs, logs")
    inputs = {"name": "Ada", "data": ("data.csv", b"a,b\n1,2"), "options": {"a": [1]}}
    started = client.executions.create_execution(TENANT, NAMESPACE, "greet", inputs=inputs, labels=["run:client"])
    execution = ended(client, started.id, "SUCCESS")
    assert execution.inputs["name"] == "Ada" and execution.inputs["options"] == {"a": [1]}, execution.inputs
    uri = execution.inputs["data"]
    assert client.executions.download_file_from_execution(started.id, uri, TENANT) == b"a,b\n1,2"
    assert client.executions.file_metadatas_from_execution(started.id, uri, TENANT).size == 7
    assert client.executions.preview_file_from_execution(started.id, uri, tenant=TENANT, max_rows=10)
    assert client.outputs.execution_outputs(started.id, TENANT) == {"greeting": "Ada"}
    assert client.outputs.task_outputs_information(started.id, TENANT)
    assert "Welcome Ada" in client.logs.download_logs_from_execution(started.id, TENANT)
    assert [one.message for one in client.logs.list_logs_from_execution(started.id, TENANT)] == ["Welcome Ada"]
    assert client.logs.search_logs(TENANT, filters=where(eq(F.NAMESPACE, NAMESPACE)))
    step("executions: search, latest, graph, flow, labels, eval, replay, status")
    assert client.executions.search_executions(TENANT, filters=where(eq(F.FLOW_ID, "greet")))
    assert client.executions.search_executions_by_flow_id(TENANT, NAMESPACE, "greet")
    assert client.executions.execution_flow_graph(started.id, TENANT).nodes
    assert client.executions.flow_from_execution_by_id(started.id, TENANT).id == "greet"
    assert client.executions.flow_from_execution(TENANT, NAMESPACE, "greet").id == "greet"
    label = kestrapy.Label(key="seen", value="yes")
    labelled = client.executions.set_labels_on_terminated_execution(started.id, TENANT, [label])
    assert any(one.key == "seen" for one in labelled.labels)
    assert client.executions.eval_expression(started.id, TENANT, "{{ inputs.name | upper }}")["result"] == "ADA"
    replayed = client.executions.replay_execution(started.id, TENANT)
    ended(client, replayed.id, "SUCCESS")
    step("executions: follow to the end")
    events = [event for event in client.executions.follow_execution(replayed.id, TENANT)]
    assert events and state_of(events[-1]) == "SUCCESS"
    step("executions: pause, resume with inputs, kill, delete")
    paused = client.executions.create_execution(TENANT, NAMESPACE, "paused")
    ended(client, paused.id, "PAUSED")
    client.executions.resume_execution(paused.id, TENANT, {"reason": "approved"})
    ended(client, paused.id, "SUCCESS")
    killed = client.executions.create_execution(TENANT, NAMESPACE, "paused")
    ended(client, killed.id, "PAUSED")
    client.executions.kill_execution(killed.id, TENANT)
    ended(client, killed.id, "KILLED")
    client.executions.delete_execution(killed.id, TENANT)
    client.executions.delete_executions_by_ids(TENANT, [replayed.id])


def namespace_files(client):
    step("namespace files: write, read, list, search, move, delete, export")
    files = client.files
    files.create_namespace_file(NAMESPACE, "/scripts/a.txt", TENANT, b"content")
    assert files.file_content(NAMESPACE, "/scripts/a.txt", TENANT) == b"content"
    assert files.file_metadatas(NAMESPACE, TENANT, "/scripts/a.txt").size == 7
    assert [one.file_name for one in files.list_namespace_directory_files(NAMESPACE, TENANT, "/scripts")] == ["a.txt"]
    assert files.search_namespace_files(NAMESPACE, "a.txt", TENANT) == ["/scripts/a.txt"]
    files.move_file_directory(NAMESPACE, "/scripts/a.txt", "/scripts/b.txt", TENANT)
    assert files.export_namespace_files(NAMESPACE, TENANT)[:2] == b"PK"
    files.delete_file_directory(NAMESPACE, "/scripts/b.txt", TENANT)


def key_values(client):
    step("key-values: put, get, list, delete")
    kv = client.kv
    for key, body, value in [("text", '"abc"', "abc"), ("number", "1.5", 1.5), ("json", '{"a": [1]}', {"a": [1]})]:
        kv.set_key_value(NAMESPACE, key, TENANT, body)
        found = kv.key_value(NAMESPACE, key, TENANT).value
        assert getattr(found, "actual_instance", found) == value, found
    assert kv.list_all_keys(TENANT, filters=where(eq(F.NAMESPACE, NAMESPACE)))
    assert kv.list_keys_with_inheritance(NAMESPACE + ".child", TENANT)
    kv.delete_key_value(NAMESPACE, "text", TENANT)
    kv.delete_key_values(NAMESPACE, TENANT, kestrapy.KVControllerApiDeleteBulkRequest(keys=["number", "json"]))


def triggers(client):
    step("triggers: search, disable, backfill")
    found = client.triggers.search_triggers_for_flow(TENANT, NAMESPACE, "greet")
    assert found, found
    trigger = {"namespace": NAMESPACE, "flowId": "greet", "triggerId": "daily"}
    assert client.triggers.disable_trigger_by_id(TENANT, {**trigger, "disabled": True})["disabled"] is True
    backfill = {"start": "2026-01-01T00:00:00Z", "end": "2026-01-02T00:00:00Z"}
    client.triggers.create_backfill(TENANT, {**trigger, "backfill": backfill})
    client.triggers.pause_backfill(TENANT, trigger)
    client.triggers.unpause_backfill_by_ids(TENANT, [trigger])
    client.triggers.delete_backfill(TENANT, trigger)
    assert "daily" in client.triggers.export_triggers(TENANT)


def instance(client):
    step("instance: settings, plugins")
    assert client.misc.configuration().version
    assert client.misc.pebble_filters() and client.misc.pebble_functions()
    assert client.plugins.list_plugins()
    assert client.plugins.plugin_documentation("io.kestra.plugin.core.log.Log")
    assert client.plugins.plugin_icons()
    assert client.plugins.plugin_schema("task")


def helper(tenant):
    step(f"the library of scripts runs a flow and follows its log, tenant {tenant}")
    os.environ["KESTRA_HOSTNAME"] = URL
    flow = kestra.Flow(wait_for_completion=True, poll_interval=1, tenant=tenant)
    flow.user, flow.password = USER, PASSWORD
    result = flow.execute(NAMESPACE, "greet", {"name": "Bo"})
    assert result.status == "SUCCESS", json.dumps(result.__dict__, default=str)
    assert "Welcome Bo" in result.log


def main():
    client = kestrapy.KestraClient(host=URL, username=USER, password=PASSWORD)
    flows(client)
    executions(client)
    namespace_files(client)
    key_values(client)
    triggers(client)
    instance(client)
    helper(None)
    helper(TENANT)
    step("flows: delete")
    client.flows.delete_flow(NAMESPACE, "paused", TENANT)
    client.flows.delete_flow(NAMESPACE, "greet", TENANT)
    step("done")


main()
