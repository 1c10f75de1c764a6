// make bench, its part on phones: what a poll, a first sync and the cards of an address book cost the server, beside Radicale on the same
// cards in the same run. CPU time decides: the wall clock of a busy machine says little.
//   node end2end/build/ts.mjs end2end/bench/carddav.ts     [CONTACTS=10000]
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { homedir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { chromium as browsers, type BrowserContext } from "@playwright/test";
import { chromium } from "../chromium.ts";
import { ended, freePorts, temporary } from "../fixtures/machine.ts";
import { Spindle } from "../fixtures/spindle.ts";
import { person, register, type Person } from "../fixtures/steps.ts";

const contacts = Number(process.env.CONTACTS ?? 10_000);
const names = 'xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns:S="http://calendarserver.org/ns/"';
const poll = `<D:propfind ${names}><D:prop><S:getctag/><D:sync-token/><D:displayname/><D:resourcetype/></D:prop></D:propfind>`;
const listing = `<D:propfind ${names}><D:prop><D:getetag/></D:prop></D:propfind>`;
const first = `<D:sync-collection ${names}><D:sync-token/><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>`;
const multiget = (hrefs: string[]) =>
  `<C:addressbook-multiget ${names}><D:prop><D:getetag/><C:address-data/></D:prop>${hrefs.map((href) => `<D:href>${href}</D:href>`).join("")}</C:addressbook-multiget>`;

/** A server with the address book, and who may read it. */
class Peer {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 1 });
  hrefs: string[] = [];

  constructor(
    readonly port: number,
    readonly pid: number,
    readonly login: string,
    readonly book: string,
  ) {}

  ask(method: string, path: string, depth: string, body: string): Promise<string> {
    const headers = { authorization: `Basic ${Buffer.from(this.login).toString("base64")}`, depth, "content-type": "application/xml", "content-length": Buffer.byteLength(body) };
    return new Promise((done, fail) => {
      const call = request({ host: "127.0.0.1", port: this.port, path, method, headers, agent: this.agent }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on("data", (chunk: Buffer) => chunks.push(chunk));
        answer.on("end", () => {
          const text = Buffer.concat(chunks).toString();
          if (answer.statusCode === 207) done(text);
          else fail(new Error(`${method} ${path}: ${answer.statusCode} ${text.slice(0, 300)}`));
        });
      });
      call.once("error", fail).end(body);
    });
  }

  async list(): Promise<void> {
    const text = await this.ask("PROPFIND", this.book, "1", listing);
    this.hrefs = [...text.matchAll(/<(?:\w+:)?href>([^<]+\.vcf)</g)].map((found) => found[1] as string);
  }

  /** Milliseconds of the server's CPU for one time. */
  async cost(times: number, one: (peer: Peer, turn: number) => Promise<unknown>): Promise<number> {
    await one(this, 0);
    const before = cpu(this.pid);
    for (let turn = 0; turn < times; turn++) await one(this, turn);
    return ((cpu(this.pid) - before) * 1000) / times;
  }
}

function cpu(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function memory(pid: number, what: "VmRSS" | "VmHWM"): number {
  return Number(readFileSync(`/proc/${pid}/status`, "utf8").match(new RegExp(`${what}:\\s+(\\d+)`))?.[1]) / 1024;
}

async function fill(context: BrowserContext): Promise<void> {
  let next = 0;
  const one = async () => {
    for (let n = next++; n < contacts; n = next++) {
      const form = {
        "form[kind]": "person", "form[first_name]": `Zoë ${n}`, "form[last_name]": `Müller, van der ${n}`, "form[company]": "Bakker & Zn", "form[function]": "Inkoper",
        "form[email]": `c${n}@example${n % 97}.test`, "form[phone]": `030-${1_000_000 + n}`, "form[mobile]": `06-${10_000_000 + n}`,
        "form[address][label]": "", "form[address][street]": `Hoofdstraat ${n}`, "form[address][postcode]": "3511 AB", "form[address][city]": "Utrecht",
        "form[address][state]": "", "form[address][country]": "Nederland",
      };
      const answer = await context.request.post("/api/app/contacts/verbs/add_contact", { form, maxRedirects: 0 });
      if (answer.status() >= 400) throw new Error(`a contact was refused: ${answer.status()} ${await answer.text()}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, one));
}

/** A company with these contacts, all of them carried along. */
async function spindle(): Promise<{ server: Spindle; peer: Peer }> {
  const server = await Spindle.start({ SPINDLE_REGISTRATIONS_PER_CLIENT: "1000", SPINDLE_LOG: "warn" });
  const browser = await browsers.launch(chromium);
  const context = await browser.newContext({ baseURL: server.address, locale: "nl-NL" });
  const who: Person = await register(await context.newPage(), person());
  await fill(context);
  const call = (verb: string, data: object) => context.request.post(`/api/app/settings/phone/verbs/${verb}`, { data });
  await call("turn_phone_sync_on", {});
  const answer = await call("choose_for_phone", { choice: { everyone: true, types: [], tags: [], mine: false } });
  if (!answer.ok()) throw new Error(`the choice was refused: ${answer.status()}`);
  await browser.close();
  const found = new Peer(server.port, server.process.pid ?? 0, `${who.email}:${who.password}`, "/dav/");
  const home = (await found.ask("PROPFIND", "/", "0", `<D:propfind ${names}><D:prop><D:current-user-principal/></D:prop></D:propfind>`)).match(/\/dav\/users\/([^/<]+)\//)?.[1];
  const peer = new Peer(server.port, server.process.pid ?? 0, found.login, `/dav/books/${home}/contacts/`);
  await peer.list();
  return { server, peer };
}

/** Radicale with the same cards. */
async function radicale(cards: Map<string, string>): Promise<{ process: ChildProcess; folder: string; peer: Peer }> {
  const tools = process.env.SPINDLE_TOOLS ?? join(homedir(), ".cache", "spindle", "tools");
  const place = join(tools, "radicale-3.9.0");
  if (!existsSync(join(place, "bin", "radicale"))) {
    execFileSync("python3", ["-m", "venv", place]);
    execFileSync(join(place, "bin", "pip"), ["install", "--quiet", "--disable-pip-version-check", "radicale==3.9.0"]);
  }
  const folder = temporary("radicale");
  const book = join(folder, "collection-root", "u", "contacts");
  mkdirSync(book, { recursive: true });
  writeFileSync(join(book, ".Radicale.props"), '{"tag": "VADDRESSBOOK"}');
  for (const [name, card] of cards) writeFileSync(join(book, name), card);
  const [port] = (await freePorts(1)) as [number];
  const config = join(folder, "config");
  writeFileSync(config, `[server]\nhosts = 127.0.0.1:${port}\ntimeout = 600\nmax_content_length = 100000000\n[auth]\ntype = none\n[rights]\ntype = owner_only\n[storage]\nfilesystem_folder = ${folder}\n[logging]\nlevel = error\n`);
  const child = spawn(join(place, "bin", "radicale"), ["-C", config], { stdio: "ignore" });
  const peer = new Peer(port, child.pid ?? 0, "u:secret", "/u/contacts/");
  for (let tries = 0; tries < 100; tries++) {
    try {
      // The first look reads and caches every card.
      await peer.list();
      break;
    } catch (error) {
      if (!String(error).includes("ECONNREFUSED")) throw error;
      await pause(100);
    }
  }
  return { process: child, folder, peer };
}

const { server, peer: ours } = await spindle();
const cards = new Map<string, string>();
for (let at = 0; at < ours.hrefs.length; at += 500) {
  const text = await ours.ask("REPORT", ours.book, "0", multiget(ours.hrefs.slice(at, at + 500)));
  for (const [, href, card] of text.matchAll(/<D:href>[^<]*\/([^<]+)<\/D:href>.*?<C:address-data>(.*?)<\/C:address-data>/gs)) {
    cards.set(href as string, (card as string).replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&"));
  }
}
const { process: child, folder, peer: theirs } = await radicale(cards);
if (ours.hrefs.length !== contacts || theirs.hrefs.length !== contacts) throw new Error(`${ours.hrefs.length} and ${theirs.hrefs.length} cards`);

const tens = (peer: Peer, turn: number) => peer.ask("REPORT", peer.book, "0", multiget(peer.hrefs.slice((turn * 10) % contacts, ((turn * 10) % contacts) + 10)));
const before = memory(ours.pid, "VmRSS");
console.log(`\n${contacts} contacts, CPU of the server for one request\n`);
console.log(`| ${"what".padEnd(26)} | ${"spindle".padStart(10)} | ${"Radicale".padStart(10)} | ${"ratio".padStart(8)} | ${"goal".padStart(8)} |`);
const rows: [string, number, number, number, (peer: Peer, turn: number) => Promise<unknown>][] = [
  ["poll", 2_000, 3, 5_000, (peer) => peer.ask("PROPFIND", peer.book, "0", poll)],
  ["first sync, etags", 20, 3, 40, (peer) => peer.ask("REPORT", peer.book, "0", first)],
  ["multiget of all", 10, 3, 13, (peer) => peer.ask("REPORT", peer.book, "0", multiget(peer.hrefs))],
  ["multiget of ten", 1_000, 100, 18, tens],
];
for (const [what, times, theirTimes, goal, one] of rows) {
  const [mine, other] = [await ours.cost(times, one), await theirs.cost(theirTimes, one)];
  const ratio = other / mine;
  console.log(`| ${what.padEnd(26)} | ${`${mine.toFixed(2)} ms`.padStart(10)} | ${`${other.toFixed(1)} ms`.padStart(10)} | ${`${ratio.toFixed(0)}x`.padStart(8)} | ${`${goal}x`.padStart(8)} | ${ratio >= goal ? "" : "missed"}`);
}
console.log(`memory: ${before.toFixed(0)} MiB before, ${memory(ours.pid, "VmHWM").toFixed(0)} MiB at most`);
child.kill();
await ended(child);
await server.stop();
rmSync(folder, { recursive: true, force: true });
