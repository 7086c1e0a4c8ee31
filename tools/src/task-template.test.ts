import { expect, test } from "vitest";
import { newTask } from "./task-template.ts";

const MANIFEST = 'import { a } from "x";\nimport { b } from "y";\n\nexport default { definitions: [a, b] };\n';

test("a task, its test and the manifest with it are written", () => {
  const [task, its, manifest] = newTask({ plugin: "chat", name: "message/send-all", manifest: MANIFEST });
  expect(task?.path).toBe("plugins/chat/src/message/send-all.ts");
  expect(task?.text).toContain('type: "io.kestra.plugin.chat.message.SendAll"');
  expect(its?.path).toBe("plugins/chat/src/message/send-all.test.ts");
  expect(its?.text).toContain('from "./send-all.ts"');
  expect(manifest?.text).toBe(
    'import { a } from "x";\nimport { b } from "y";\nimport { sendAllTask } from "./message/send-all.ts";\n\nexport default { definitions: [sendAllTask, a, b] };\n',
  );
});

test.each(["SendAll", "send_all", "../x", "a/b/c", ""])("the name %j is refused", (name) => {
  expect(() => newTask({ plugin: "chat", name, manifest: MANIFEST })).toThrow("kebab-case");
});

test("a manifest without a list of definitions is refused", () => {
  expect(() => newTask({ plugin: "chat", name: "send", manifest: "export default {};" })).toThrow("definitions: [");
});
