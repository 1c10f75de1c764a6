// make demo: the sample company, with a mailbox of its own where Dovecot is installed, so that mail comes in as it would in life.
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { parseArgs } from "node:util";
import { Dovecot } from "../fixtures/dovecot.ts";
import { ended } from "../fixtures/machine.ts";
import { fillOffice } from "../fixtures/office.ts";

const { values: args } = parseArgs({ options: { spindle: { type: "string" }, site: { type: "string" }, data: { type: "string" }, listen: { type: "string" } } });
const { spindle = "spindle", site = "", data = "demo", listen = "127.0.0.1:3000" } = args;
const env: NodeJS.ProcessEnv = { ...process.env };
const demo = ["demo", "--data", data];
let dovecot: Dovecot | undefined;

// The sample's login is its mailbox too. An existing company was filled by an earlier run, whose mail server is gone.
const fresh = !existsSync(data);
if (fresh && existsSync("/usr/sbin/dovecot") && process.getuid?.() === 0) {
  dovecot = await Dovecot.start(undefined, "dijkgraaf.example");
  const mailbox = dovecot.mailbox("sanne");
  fillOffice(dovecot, mailbox);
  env.SPINDLE_ALLOW_PRIVATE_HOSTS = "true";
  env.SPINDLE_EXTRA_CA = dovecot.ca;
  demo.push("--email", mailbox.address, "--imap", `localhost:${dovecot.tlsPort}`, "--imap-password", mailbox.password);
} else if (fresh) {
  console.log("Without a mailbox: that takes Dovecot, and root to start it. Contacts only.");
}
execFileSync(spindle, demo, { env, stdio: "inherit" });
const server = spawn(spindle, ["serve", "--data", data, "--listen", listen, "--site", site], { env, stdio: "inherit" });
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => server.kill("SIGTERM"));
await ended(server);
await dovecot?.stop();
