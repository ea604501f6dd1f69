// Packs the files of swagger-ui-dist that the server carries; with `--check`, tells whether the ones that it carries are
// those of the package that package-lock.json pins.
import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";

const own = fileURLToPath(new URL("node_modules/swagger-ui-dist/", import.meta.url));
const carried = fileURLToPath(new URL("../crates/server/src/http/document/docs/swagger-ui/", import.meta.url));
const read = (name) => readFileSync(own + name, "utf8");
// Without the map's address: browsers would ask the server for a file that it does not have.
const unmapped = (name) => read(name).replace(/\n\/[*/]# sourceMappingURL=.*\s*$/, "\n");

const files = {
  "swagger-ui.js": unmapped("swagger-ui-bundle.js"),
  "swagger-ui.css": unmapped("swagger-ui.css"),
  "LICENSE.txt": [read("NOTICE"), read("LICENSE"), read("swagger-ui-bundle.js.LICENSE.txt")].join("\n\n"),
};

mkdirSync(carried, { recursive: true });
for (const [name, text] of Object.entries(files)) {
  const path = `${carried}${name}.gz`;
  if (process.argv.includes("--check")) {
    assert.equal(gunzipSync(readFileSync(path)).toString(), text, `${path} is not what swagger-ui-dist has`);
  } else {
    writeFileSync(path, gzipSync(text, { level: 9 }));
  }
}
