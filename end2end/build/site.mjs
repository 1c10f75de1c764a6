// Makes the folder that the browser is served from, out of cargo's wasm and style/main.css:
//
//   SITE/assets.json            {"css", "js", "wasm", "editor", "font", "icons"}: the addresses of this build
//   SITE/pkg/NAME.HASH.EXT      named by content, so a browser may keep them for ever; .br and .gz beside each
//
//   node end2end/build/site.mjs --wasm FRONTEND.WASM --site DIR --bindgen PATH [--dev]
//
// Parts whose input did not change are left alone. --dev skips wasm-opt and compression: quick to make, large to load.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";
import { bundle } from "lightningcss";
import { bundleEditor } from "./editor.mjs";

const { values: args } = parseArgs({
  options: { wasm: { type: "string" }, site: { type: "string" }, bindgen: { type: "string" }, dev: { type: "boolean", default: false } },
});
const here = dirname(fileURLToPath(import.meta.url));
const top = join(here, "..", "..");
const modules = join(here, "..", "node_modules");
const site = args.site;
const pkg = join(site, "pkg");
const kept = new Set();

// What current browsers can do and rustc's output uses. Never --all-features: browsers refuse such a module.
const wasmFeatures = ["bulk-memory", "reference-types", "nontrapping-float-to-int", "sign-ext", "mutable-globals", "multivalue"];
// Browsers with light-dark() and the popover attribute, on which the style rests: 2024 and later.
const targets = { chrome: 125 << 16, firefox: 126 << 16, safari: (17 << 16) | (5 << 8) };

const hash = (bytes) => createHash("sha256").update(bytes).digest("hex").slice(0, 16);
const kilobytes = (n) => `${(n / 1024).toFixed(0)} kB`;

function step(name, work) {
  const start = performance.now();
  const note = work();
  const told = (result) => console.log(`site: ${name.padEnd(6)} ${((performance.now() - start) / 1000).toFixed(1)} s  ${result ?? ""}`);
  return note instanceof Promise ? note.then(told) : told(note);
}

/** Writes `bytes` under a name of their own, compressed beside it, and answers with its address. */
function publish(name, extension, bytes) {
  const file = `${name}.${hash(bytes)}.${extension}`;
  const path = join(pkg, file);
  kept.add(file);
  if (!existsSync(path)) writeFileSync(path, bytes);
  if (!args.dev && extension !== "woff2") compress(path, bytes, file);
  return `/pkg/${file}`;
}

function compress(path, bytes, file) {
  kept.add(`${file}.br`).add(`${file}.gz`);
  if (!existsSync(`${path}.br`)) {
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(`${path}.br`, brotliCompressSync(bytes, { params }));
  }
  if (!existsSync(`${path}.gz`)) writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
}

function compressed(address) {
  const path = join(site, `${address}.br`);
  return existsSync(path) ? `${kilobytes(readFileSync(path).length)} compressed` : "";
}

mkdirSync(pkg, { recursive: true });
const assets = {};

step("font", () => {
  const inter = readFileSync(join(modules, "@fontsource-variable/inter/files/inter-latin-wght-normal.woff2"));
  assets.font = publish("inter", "woff2", inter);
  return kilobytes(inter.length);
});

step("icon", () => {
  const icon = readFileSync(join(top, "style", "assets", "favicon.svg"));
  assets.icons = publish("favicon", "svg", icon);
  return kilobytes(icon.length);
});

step("css", () => {
  const { code } = bundle({
    filename: join(top, "style", "main.css"),
    minify: true,
    targets,
    // The style names the font plainly; its real name is known here only.
    visitor: { Url: (url) => (basename(url.url) === "inter.woff2" ? { ...url, url: assets.font } : url) },
  });
  assets.css = publish("spindle", "css", code);
  return `${kilobytes(code.length)}, ${compressed(assets.css)}`;
});

await step("editor", async () => {
  const code = await bundleEditor({ minify: !args.dev });
  assets.editor = publish("editor", "js", code);
  return `${kilobytes(code.length)}, ${compressed(assets.editor)}`;
});

await step("wasm", async () => {
  const input = readFileSync(args.wasm);
  const stamp = join(site, args.dev ? "wasm-dev.json" : "wasm.json");
  const from = hash(Buffer.concat([input, readFileSync(fileURLToPath(import.meta.url)), readFileSync(join(here, "..", "package-lock.json"))]));
  const last = existsSync(stamp) ? JSON.parse(readFileSync(stamp, "utf8")) : {};
  if (last.from === from && existsSync(join(site, last.wasm)) && existsSync(join(site, last.js))) {
    for (const address of [last.wasm, last.js]) for (const ending of ["", ".br", ".gz"]) kept.add(`${basename(address)}${ending}`);
    Object.assign(assets, { wasm: last.wasm, js: last.js });
    return `up to date, ${compressed(assets.wasm)}`;
  }
  const work = mkdtempSync(join(tmpdir(), "spindle-site-"));
  try {
    execFileSync(args.bindgen, ["--target", "web", "--no-typescript", "--out-name", "spindle", "--out-dir", work, args.wasm], { stdio: "inherit" });
    let wasm = join(work, "spindle_bg.wasm");
    if (!args.dev) {
      const small = join(work, "small.wasm");
      const features = wasmFeatures.map((feature) => `--enable-${feature}`);
      execFileSync(process.execPath, [join(modules, "binaryen/bin/wasm-opt"), "-Oz", ...features, wasm, "-o", small], { stdio: "inherit" });
      wasm = small;
    }
    // Bundled, because the glue may import snippets that lie beside it.
    const glue = await build({ entryPoints: [join(work, "spindle.js")], bundle: true, minify: !args.dev, format: "esm", target: "es2022", write: false, logLevel: "error" });
    const bytes = readFileSync(wasm);
    assets.wasm = publish("spindle", "wasm", bytes);
    assets.js = publish("spindle", "js", Buffer.from(glue.outputFiles[0].contents));
    writeFileSync(stamp, JSON.stringify({ from, wasm: assets.wasm, js: assets.js }));
    return `${kilobytes(input.length)} from cargo, ${kilobytes(bytes.length)} here, ${compressed(assets.wasm)}`;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
});

step("names", () => {
  // A server that still runs holds the old manifest, but it is about to be started anew.
  for (const file of readdirSync(pkg)) if (!kept.has(file)) rmSync(join(pkg, file));
  // Renamed into place last: whoever reads it finds everything that it names.
  const manifest = join(site, "assets.json");
  writeFileSync(`${manifest}.new`, `${JSON.stringify(assets, null, 2)}\n`);
  renameSync(`${manifest}.new`, manifest);
});
