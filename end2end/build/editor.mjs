// The editor's program, one module with Squire in it. site.mjs publishes it; by itself, for a test that needs no site:
//
//   node end2end/build/editor.mjs OUT.js
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "..", "node_modules");

export async function bundleEditor({ minify }) {
  const made = await build({
    entryPoints: [join(here, "..", "..", "frontend", "editor", "editor.ts")],
    nodePaths: [modules],
    bundle: true,
    minify,
    format: "esm",
    target: "es2022",
    // Its licence goes where Squire goes.
    banner: { js: `/*! Squire\n${readFileSync(join(modules, "squire-rte", "LICENSE"), "utf8").trim()}\n*/` },
    write: false,
    logLevel: "error",
  });
  return Buffer.from(made.outputFiles[0].contents);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(resolve(process.argv[2]), await bundleEditor({ minify: true }));
