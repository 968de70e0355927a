import assert from "node:assert/strict";
import { test } from "node:test";
import { withFonts } from "../../../../visualprm_ui/components/solution_board/run_picture.js";

test("a picture holds the fonts that it uses and no other", async () => {
  const css = `@font-face { font-family: "VP Sans"; src: url("fonts/sans.woff2") format("woff2"); font-weight: 400 700 }
@font-face{font-family:KaTeX_Main;font-style:italic;font-weight:700;src:url(fonts/b.woff2) format("woff2")}
@font-face{font-family:KaTeX_Main;font-style:normal;font-weight:400;src:url(fonts/m.woff2) format("woff2")}
p { color: red }`;
  const faces = [
    { family: '"VP Sans"', weight: "400 700", style: "normal" },
    { family: "KaTeX_Main", weight: "normal", style: "normal" },
  ];
  const made = await withFonts(css, faces, async (source) => `data:${source}`);
  assert.match(made, /font-family: "VP Sans"; src: url\(data:fonts\/sans.woff2\); font-weight: 400 700 }/);
  assert.match(made, /font-weight:400;src: url\(data:fonts\/m.woff2\)}/);
  assert.doesNotMatch(made, /b\.woff2/);
  assert.match(made, /p { color: red }/);
});
