import { dynamic, text } from "@capstan/sdk";
import { z } from "zod";
import { toolTask } from "./tool-task.ts";

const PYTHON = "if [ -f requirements.txt ]; then python3 -m pip install --quiet --requirement requirements.txt; fi";
const GALAXY = "if [ -f requirements.yml ]; then ansible-galaxy install --role-file requirements.yml; fi";

/** `ansible` and its kin. */
export const ansibleCli = toolTask({
  type: "io.kestra.plugin.ansible.cli.AnsibleCLI",
  title: "Run commands with Ansible",
  image: "cytopia/ansible:latest-tools",
  properties: () => ({
    ansibleConfig: text().optional().describe("What `ansible.cfg` says. Default: none is written."),
    autoInstallPythonRequirements: dynamic(z.boolean())
      .default(true)
      .describe("Whether what `requirements.txt` names is installed, where there is one."),
    autoInstallGalaxyRequirements: dynamic(z.boolean())
      .default(true)
      .describe("Whether what `requirements.yml` names is installed, where there is one."),
    outputsMode: dynamic(z.enum(["ALL", "EXPLICIT"]))
      .default("ALL")
      .meta({ deprecated: true, description: "Accepted for compatibility, without effect." }),
    outputLogFile: dynamic(z.boolean())
      .default(false)
      .meta({ deprecated: true, description: "Accepted for compatibility, without effect: see `logToFile`." }),
  }),
  example:
    "inputFiles:\n  inventory.ini: |\n    localhost ansible_connection=local\n  playbook.yml: |\n    - hosts: localhost\n      tasks:\n        - debug: { msg: Hello }\n" +
    "commands:\n  - ansible-playbook -i inventory.ini playbook.yml\n",
  prepare: ({ ansibleConfig, autoInstallPythonRequirements, autoInstallGalaxyRequirements }) => ({
    env: { ANSIBLE_NOCOLOR: "true" },
    ...(ansibleConfig !== undefined && { files: { "ansible.cfg": ansibleConfig } }),
    setup: [
      // Ansible reads none from a folder that others may write to, unless it is named.
      ...(ansibleConfig === undefined ? [] : ['export ANSIBLE_CONFIG="$PWD/ansible.cfg"']),
      ...(autoInstallPythonRequirements ? [PYTHON] : []),
      ...(autoInstallGalaxyRequirements ? [GALAXY] : []),
    ],
  }),
});
