// Runs a TypeScript file: node end2end/build/ts.mjs FILE.ts ARGUMENTS...
import { mkdirSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const [file, ...rest] = process.argv.slice(2);
const modules = join(dirname(fileURLToPath(import.meta.url)), "..", "node_modules");
// Inside node_modules, so that the packages left outside the bundle are found from there.
const outdir = join(modules, ".cache", "spindle");
mkdirSync(outdir, { recursive: true });
const outfile = join(outdir, `${basename(file, ".ts")}.mjs`);
// One folder for all modules of the bundle; every folder of end2end is equally deep, so paths relative to it hold.
const define = { "import.meta.dirname": JSON.stringify(dirname(resolve(file))) };
await build({ entryPoints: [resolve(file)], bundle: true, platform: "node", format: "esm", packages: "external", outfile, define, logLevel: "error" });
process.argv.splice(1, process.argv.length, outfile, ...rest);
await import(pathToFileURL(outfile));
