import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";

const script = readFileSync(new URL("../../../visualprm_ui/assets/proxy_check.js", import.meta.url), "utf8");

/** What the page shows and asks when it was opened at one address and the server thinks that it is at another. */
function open(address, root) {
  const shown = [];
  const asked = [];
  vm.runInNewContext(script, {
    window: { gradio_config: root === undefined ? undefined : { root } },
    location: new URL(address),
    URL,
    fetch: async (url, options) => asked.push([options.method, url]),
    document: {
      readyState: "complete",
      createElement: () => ({ setAttribute() {} }),
      body: { prepend: (node) => shown.push(node.textContent) },
    },
  });
  return { shown, asked };
}

test("a page where the server thinks it is says nothing", () => {
  for (const root of ["http://prm.lab:8080", "http://prm.lab:8080/visualprm", undefined]) {
    assert.deepEqual(open("http://prm.lab:8080/visualprm/annotate", root), { shown: [], asked: [] });
  }
});

test("a lost port or scheme is named, with what to set", () => {
  for (const [address, root] of [
    ["http://prm.lab:8080/", "http://prm.lab"],
    ["https://prm.lab/", "http://prm.lab"],
    ["http://prm.lab/", "http://127.0.0.1:7860"],
  ]) {
    const { shown, asked } = open(address, root);
    assert.match(shown.join(), new RegExp(`opened at ${new URL(address).origin}, but .* tells it ${root}\\.`));
    assert.match(shown.join(), /Host \$http_host;.*X-Forwarded-Proto \$scheme;/);
    assert.deepEqual(asked, [["POST", "api/status"]]);
  }
});
