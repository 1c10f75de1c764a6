// make bench: how quick and how small Spindle is, beside mbsync on the same mail server in the same run.
//   make bench [ROUNDS=5] [MESSAGES=10000]
// Rounds are interleaved, so that a busy moment of the machine meets all of them; the table gives medians and ratios.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromium as browsers, type Browser, type BrowserContext } from "@playwright/test";
import { chromium } from "../chromium.ts";
import { Dovecot, type Mailbox } from "../fixtures/dovecot.ts";
import { fillWizard, register, saveAccount } from "../fixtures/steps.ts";
import { printed, temporary } from "../fixtures/machine.ts";
import { Spindle } from "../fixtures/spindle.ts";
import { edition, makeMailbox } from "./mailbox.ts";

const rounds = Number(process.env.ROUNDS ?? 5);
const messages = Number(process.env.MESSAGES ?? 10_000);
const settings = { SPINDLE_REGISTRATIONS_PER_CLIENT: "1000", SPINDLE_LOGINS_PER_CLIENT: "1000", SPINDLE_LOG: "warn,mail::room=debug", NO_COLOR: "1" };

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const seconds = (value: number) => `${value.toFixed(value < 1 ? 3 : 2)} s`;
const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;
const kilobytes = (bytes: number) => `${(bytes / 1e3).toFixed(0)} kB`;

type Cost = { wall: number; cpu: number };
const results = new Map<string, Cost[]>();
function note(name: string, cost: Cost): void {
  results.set(name, [...(results.get(name) ?? []), cost]);
  console.log(`  ${name.padEnd(34)} ${seconds(cost.wall).padStart(9)} wall ${seconds(cost.cpu).padStart(9)} CPU`);
}

/** User and system time of a running process, and the most memory it has held. */
function used(pid: number): { cpu: number; peak: number; now: number } {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[11]) + Number(fields[12]);
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const kib = (name: string) => Number(status.match(new RegExp(`${name}:\\s+(\\d+)`))?.[1]) * 1024;
  return { cpu: ticks / 100, peak: kib("VmHWM"), now: kib("VmRSS") };
}

/** mbsync into an empty store, then a second run with nothing to do. Bash's `time` gives the process's own CPU. */
function mbsync(dovecot: Dovecot, mailbox: Mailbox, fsync: boolean): void {
  const store = temporary("peer");
  mkdirSync(join(store, "mail"));
  const rc = join(store, "rc");
  writeFileSync(
    rc,
    `${fsync ? "" : "FSync no\n"}IMAPAccount bench\nHost localhost\nPort ${dovecot.tlsPort}\nUser ${mailbox.address}\nPass ${mailbox.password}\nSSLType IMAPS\n` +
      `CertificateFile ${dovecot.ca}\nPipelineDepth 50\n\nIMAPStore far\nAccount bench\n\nMaildirStore near\nPath ${store}/mail/\nInbox ${store}/mail/INBOX\nSubFolders Verbatim\n\n` +
      "Channel bench\nFar :far:\nNear :near:\nPatterns INBOX Sent Trash Junk\nCreate Near\nSync Pull\nSyncState *\nCopyArrivalDate yes\n",
  );
  chmodSync(rc, 0o600);
  const name = `mbsync${fsync ? "" : ", FSync no"}`;
  // The first run after a full fetch tidies its state file; the second is the usual one.
  for (const what of ["first sync", "", "no change"]) {
    const run = spawnSync("bash", ["-c", `TIMEFORMAT='%R %U %S'; time mbsync -q -c "$0" bench >/dev/null`, rc], { encoding: "utf8" });
    if (run.status !== 0) throw new Error(`mbsync: ${run.stderr}`);
    const [wall = 0, user = 0, system = 0] = (run.stderr.trim().split("\n").pop() ?? "").split(" ").map(Number);
    if (what) note(`${name}: ${what}`, { wall, cpu: user + system });
  }
  rmSync(store, { recursive: true });
}

const usable: number[] = [];
let peak = 0;
let idle = 0;
/** A database connection that nobody needs is closed at the second look at most, a minute apart. */
const rest = 130_000;

/** The product's whole way: a new company, the wizard's form, and then every message fetched, parsed, linked, indexed and committed. */
async function spindle(browser: Browser, dovecot: Dovecot, mailbox: Mailbox, last: boolean): Promise<void> {
  const server = await Spindle.start({ ...settings, SPINDLE_EXTRA_CA: dovecot.ca });
  const context = await browser.newContext({ baseURL: server.address, locale: "nl-NL" });
  const page = await context.newPage();
  await register(page);
  await fillWizard(page, { ...mailbox, host: "localhost", port: dovecot.tlsPort });
  const before = used(server.process.pid ?? 0);
  const start = performance.now();
  await saveAccount(page);
  // No page looks on while it is measured; a page costs the server its own share.
  await page.goto("about:blank");
  usable.push(await newest(context, start));
  await upToDate(context, messages);
  const wall = (performance.now() - start) / 1000;
  const after = used(server.process.pid ?? 0);
  note("spindle: first sync", { wall, cpu: after.cpu - before.cpu });
  peak = Math.max(peak, after.peak);
  await noChange(server, context);
  await context.close();
  if (last) {
    await pause(rest);
    idle = used(server.process.pid ?? 0).now;
  }
  await server.stop();
}

/** The newest fifty stand in the inbox, and the first of them can be read: milliseconds since `start`. */
async function newest(context: BrowserContext, start: number): Promise<number> {
  const filter = { place: "inbox", account: null, show: "All", sort: "Newest" };
  for (let tries = 0; tries < 2_400; tries++) {
    const answer = await context.request.post("/api/app/inbox/verbs/list_messages", { data: { filter, after: null } });
    const { rows } = (await answer.json()) as { rows: { id: string }[] };
    if (rows.length >= 50) {
      const opened = await context.request.post("/api/app/inbox/verbs/open_message", { data: { id: rows[0]?.id } });
      if (!opened.ok()) throw new Error(`the newest message cannot be read: ${opened.status()}`);
      return performance.now() - start;
    }
    await pause(25);
  }
  throw new Error("the inbox stayed empty for a minute");
}

/** Asks the list of accounts until all messages are in. */
async function upToDate(context: BrowserContext, total: number): Promise<void> {
  for (let tries = 0; tries < 6_000; tries++) {
    const rows = (await (await context.request.post("/api/app/settings/verbs/list_mail_accounts", { data: {} })).json()) as { state: unknown; folders: { done: number; total: number }[] }[];
    const done = rows.flatMap((row) => row.folders).reduce((sum, folder) => sum + folder.done, 0);
    if (rows.length > 0 && rows.every((row) => row.state === "UpToDate") && done >= total) return;
    await pause(100);
  }
  throw new Error("the first sync did not end within ten minutes");
}

const checks = 20;

/** "Sync now" on an account that has nothing new. The server itself says how long it looked. */
async function noChange(server: Spindle, context: BrowserContext): Promise<void> {
  const [account] = (await (await context.request.post("/api/app/settings/verbs/list_mail_accounts", { data: {} })).json()) as { id: string }[];
  const before = used(server.process.pid ?? 0).cpu;
  let wall = 0;
  for (let check = 0; check < checks; check++) {
    const looked = printed(server.process, /millis=([\d.]+) fetched=0\b/);
    await context.request.post("/api/app/settings/verbs/sync_now", { data: { id: account?.id } });
    wall += Number(await looked) / 1000;
  }
  note("spindle: no change", { wall: wall / checks, cpu: (used(server.process.pid ?? 0).cpu - before) / checks });
}

async function coldStart(): Promise<number> {
  const times: number[] = [];
  const server = await Spindle.start(settings);
  let running = server;
  for (let round = 0; round < 7; round++) {
    const start = performance.now();
    running = await running.killAndRestart();
    times.push(performance.now() - start);
  }
  await running.stop();
  return median(times);
}

type Load = { bytes: number; interactive: number };

/** The first page of a stranger, with an empty cache, and again with a full one. */
async function firstLoad(browser: Browser): Promise<{ cold: Load; warm: Load }> {
  const server = await Spindle.start(settings);
  const once = async (context: BrowserContext): Promise<Load> => {
    const page = await context.newPage();
    const session = await context.newCDPSession(page);
    let bytes = 0;
    await session.send("Network.enable");
    session.on("Network.loadingFinished", (event) => (bytes += event.encodedDataLength));
    await page.goto(`${server.address}/login`);
    // The program says so when it has taken the page over.
    const interactive = await page.waitForFunction(() => document.documentElement.hasAttribute("data-ready") && performance.now());
    const load = { bytes, interactive: Number(await interactive.jsonValue()) };
    await page.close();
    return load;
  };
  const cold: Load[] = [];
  const warm: Load[] = [];
  for (let round = 0; round < rounds; round++) {
    const context = await browser.newContext({ locale: "nl-NL" });
    cold.push(await once(context));
    warm.push(await once(context));
    await context.close();
  }
  await server.stop();
  const typical = (loads: Load[]) => ({ bytes: median(loads.map((load) => load.bytes)), interactive: median(loads.map((load) => load.interactive)) });
  return { cold: typical(cold), warm: typical(warm) };
}

function row(what: string, value: string, goal: string, met?: boolean): void {
  console.log(`| ${what.padEnd(46)} | ${value.padStart(14)} | ${goal.padEnd(10)} | ${met === undefined ? " " : met ? "✓" : "✗"} |`);
}

if (!existsSync("/usr/bin/mbsync")) throw new Error("mbsync is missing: install Debian's package isync");
const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "spindle", "bench", `${edition}-${messages}`);
const mailboxes = join(temporary("bench"), "mail");
if (!existsSync(cache)) {
  console.log(`making a mailbox of ${messages} messages`);
  const { bytes } = makeMailbox(`${cache}.new/Maildir`, messages);
  console.log(`  ${megabytes(bytes)}`);
  execFileSync("mv", [`${cache}.new`, cache]);
}
mkdirSync(mailboxes, { recursive: true });
// A copy, since Dovecot must be able to reach and to write it.
execFileSync("cp", ["-a", cache, join(mailboxes, "alice")]);
const dovecot = await Dovecot.start(mailboxes);
const mailbox = dovecot.mailbox("alice");
const browser = await browsers.launch({ ...chromium, headless: true });
try {
  console.log("warming up");
  mbsync(dovecot, mailbox, false);
  results.clear();
  for (let round = 1; round <= rounds; round++) {
    console.log(`round ${round} of ${rounds}`);
    mbsync(dovecot, mailbox, true);
    await spindle(browser, dovecot, mailbox, round === rounds);
    mbsync(dovecot, mailbox, false);
  }
  const cost = (name: string): Cost => {
    const all = results.get(name) ?? [];
    return { wall: median(all.map((one) => one.wall)), cpu: median(all.map((one) => one.cpu)) };
  };
  const ours = cost("spindle: first sync");
  const theirs = cost("mbsync: first sync");
  const lazy = cost("mbsync, FSync no: first sync");
  const start = await coldStart();
  const load = await firstLoad(browser);

  console.log(`\nFirst sync of ${messages} messages, medians of ${rounds} interleaved rounds\n`);
  row("what", "measured", "goal");
  row("---", "---", "---");
  row("spindle, wall", seconds(ours.wall), "");
  row("spindle, CPU", seconds(ours.cpu), "");
  row("mbsync, wall / CPU", `${theirs.wall.toFixed(1)} / ${theirs.cpu.toFixed(1)} s`, "");
  row("mbsync with FSync no, wall / CPU", `${lazy.wall.toFixed(1)} / ${lazy.cpu.toFixed(1)} s`, "");
  const ratio = (what: string, value: number, goal: number) => row(what, value.toFixed(2), `<= ${goal.toFixed(2)}`, value <= goal);
  ratio("wall, spindle / mbsync", ours.wall / theirs.wall, 0.3);
  ratio("wall, spindle / mbsync with FSync no", ours.wall / lazy.wall, 0.35);
  ratio("CPU, spindle / mbsync", ours.cpu / theirs.cpu, 0.5);
  const [check, theirCheck] = [cost("spindle: no change"), cost("mbsync: no change")];
  row("no-change check, wall (mbsync logs in for it)", `${seconds(check.wall)} / ${seconds(theirCheck.wall)}`, "");
  ratio("no-change check, wall, spindle / mbsync", check.wall / theirCheck.wall, 0.5);
  row("no-change check, CPU", `${(check.cpu * 1000).toFixed(1)} ms`, "<= 10 ms", check.cpu <= 0.01);
  row("newest 50 in the inbox, the first readable", `${median(usable).toFixed(0)} ms`, "<= 2000 ms", median(usable) <= 2000);
  row("memory at most, during the first sync", megabytes(peak), "<= 100 MB", peak <= 100e6);
  row("memory, two minutes after it", megabytes(idle), "<= 60 MB", idle <= 60e6);
  row("cold start of the server", `${start.toFixed(0)} ms`, "< 300 ms", start < 300);
  row("first load, compressed", kilobytes(load.cold.bytes), "");
  row("first load, time to interactive", `${load.cold.interactive.toFixed(0)} ms`, "");
  row("second load, transferred", kilobytes(load.warm.bytes), "");
  row("second load, time to interactive", `${load.warm.interactive.toFixed(0)} ms`, "");
} finally {
  await browser.close();
  await dovecot.stop();
  rmSync(join(mailboxes, ".."), { recursive: true, force: true });
}
