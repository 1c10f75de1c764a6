// make watch: builds the development profile at every change of a source and starts the server anew.
import { spawn } from "node:child_process";
import { watch } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const { values: args } = parseArgs({ options: { data: { type: "string" }, listen: { type: "string" } } });
const top = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const target = process.env.CARGO_TARGET_DIR;
// Editors write several files at once; a build that began at the first would miss the rest.
const settle = 150;

let server;
let building = false;
let again = false;
let timer;

const ended = (child) => new Promise((done) => (child.exitCode ?? child.signalCode) === null ? child.once("exit", done) : done());

async function round() {
  if (building) return void (again = true);
  building = true;
  do {
    again = false;
    const make = spawn("make", ["--no-print-directory", "dev"], { cwd: top, stdio: "inherit" });
    const code = await new Promise((done) => make.once("exit", done));
    if (code === 0 && !again) {
      if (server) {
        server.kill("SIGTERM");
        await ended(server);
      }
      const serve = ["serve", "--data", args.data, "--listen", args.listen, "--site", join(target, "site-dev")];
      server = spawn(join(target, "debug", "spindle"), serve, { cwd: top, stdio: "inherit" });
    }
  } while (again);
  building = false;
}

for (const folder of ["app", "frontend", "server", "style", "migrations"]) {
  watch(join(top, folder), { recursive: true }, (_, file) => {
    if (!file || !/\.(rs|ts|css|sql|json|toml|svg)$/.test(file)) return;
    clearTimeout(timer);
    timer = setTimeout(round, settle);
  });
}
for (const signal of ["SIGINT", "SIGTERM"]) {
  process.on(signal, async () => {
    server?.kill("SIGTERM");
    if (server) await ended(server);
    process.exit(0);
  });
}
await round();
