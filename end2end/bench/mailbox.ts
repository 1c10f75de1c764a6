// A mailbox as a small firm has it: 10,000 messages, about 359 MB, the same bytes for the same seed on every machine.
// INBOX 70 %, Sent 20 %, Trash 6 %, Junk 4 %. Most messages are a few kilobytes; newsletters and attachments make the volume.
import { createHash } from "node:crypto";
import { mkdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const me = "alice@test.example";
const shares = [["", 0.7], [".Sent", 0.2], [".Trash", 0.06], [".Junk", 0.04]] as const;
const first = ["Jan", "Sanne", "Bram", "Fleur", "Sem", "Noa", "Zoë", "José", "Søren", "Łukasz", "Jürgen", "Eva", "Milan", "Lotte"];
const last = ["de Vries", "van Dijk", "Jansen", "Bakker", "Visser", "Müller", "García", "Kowalski", "de Boer", "Mulder"];
const domains = ["acme.example", "bakkerij.example", "gemeente.example", "bouw.example", "ziggo.example", "klant.example"];
const words = (
  "offerte factuur afspraak levering planning contract betaling klant order bevestiging vraag graag morgen volgende week bijlage " +
  "ontvangen verzonden project bedrag korting voorraad monteur adres telefoon overleg akkoord groet met vriendelijke hartelijk dank"
).split(" ");

/** Mulberry32: small, quick and the same everywhere. */
export class Dice {
  constructor(private state: number) {}
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }
  int(from: number, to: number): number {
    return from + Math.floor(this.next() * (to - from + 1));
  }
  pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.next() * list.length)] as T;
  }
  /** Log-normal, by Box and Muller. */
  size(mean: number, deviation: number): number {
    const normal = Math.sqrt(-2 * Math.log(1 - this.next())) * Math.cos(2 * Math.PI * this.next());
    return Math.floor(Math.exp(mean + deviation * normal));
  }
  exponential(mean: number): number {
    return -Math.log(1 - this.next()) * mean;
  }
  /** Bytes that do not compress, as a PDF's or a picture's. */
  bytes(count: number): Buffer {
    const out = Buffer.allocUnsafe(count + 3);
    for (let at = 0; at < count; at += 4) out.writeUInt32LE(Math.floor(this.next() * 2 ** 32), Math.min(at, count - 1));
    return out.subarray(0, count);
  }
  text(count: number): string {
    return Array.from({ length: count }, () => this.pick(words)).join(" ");
  }
}

const base64 = (bytes: Buffer) => bytes.toString("base64").replace(/.{76}/g, "$&\r\n");
const header = (text: string) => (/^[\x20-\x7e]*$/.test(text) ? text : `=?utf-8?B?${Buffer.from(text).toString("base64")}?=`);
/** Quoted-printable without line lengths in mind: each line made here is short. */
const quoted = (text: string) => text.replace(/[=\u0080-\uffff]/gu, (sign) => [...Buffer.from(sign)].map((byte) => `=${byte.toString(16).toUpperCase().padStart(2, "0")}`).join(""));
const part = (type: string, body: string, encoding = "quoted-printable", extra = "") => `Content-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n${extra}\r\n${body}`;

function multipart(dice: Dice, kind: string, parts: string[]): string {
  const boundary = `=_${dice.int(0, 2 ** 32 - 1).toString(16)}`;
  return `Content-Type: multipart/${kind}; boundary="${boundary}"\r\n\r\n${parts.map((one) => `--${boundary}\r\n${one}\r\n`).join("")}--${boundary}--\r\n`;
}

function letter(dice: Dice): { text: string; html: string } {
  const paragraphs = Array.from({ length: dice.int(2, 6) }, () => Array.from({ length: dice.int(1, 4) }, () => dice.text(dice.int(6, 11))).join("\r\n"));
  const text = `Beste Alice,\r\n\r\n${paragraphs.join("\r\n\r\n")}\r\n\r\nGroet – ${dice.pick(first)}\r\n`;
  const html = `<html><body><p>Beste Alice,</p>\r\n${paragraphs.map((one) => `<p style="margin:0 0 8px">${one.replace(/\r\n/g, "<br>\r\n")}</p>\r\n`).join("")}</body></html>`;
  return { text, html };
}

function newsletter(dice: Dice): string {
  const blocks = Array.from({ length: dice.pick([8, 12, 20, 32, 50, 80]) }, () => {
    const id = dice.int(0, 2 ** 32 - 1).toString(16);
    return (
      `<table width="600" cellpadding="0" cellspacing="0" style="border-collapse:collapse;margin:0 auto">\r\n<tr><td style="padding:16px;font-family:Arial,Helvetica,sans-serif;font-size:14px;color:#333333">\r\n` +
      `<a href="https://nieuws.example/k/${id}"><img src="https://nieuws.example/i/${id}.jpg" width="280" height="160" alt="${dice.text(3)}"></a>\r\n` +
      `<h2 style="font-size:18px;line-height:24px">${dice.text(5)}</h2>\r\n<p>${dice.text(12)}<br>\r\n${dice.text(12)}</p>\r\n` +
      `<a href="https://nieuws.example/k/${id}?b=1" style="background:#0a5;color:#fff;padding:8px 16px">Lees meer</a>\r\n</td></tr>\r\n</table>\r\n`
    );
  });
  return `<html><head><style>td{margin:0}@media(max-width:600px){table{width:100%}}</style></head><body>\r\n${blocks.join("")}</body></html>`;
}

function body(dice: Dice): string {
  const kind = dice.next();
  const { text, html } = letter(dice);
  if (kind < 0.28) return part("text/plain; charset=utf-8", quoted(text));
  const alternative = (rich: string) => multipart(dice, "alternative", [part("text/plain; charset=utf-8", quoted(text)), part("text/html; charset=utf-8", quoted(rich))]);
  if (kind < 0.52) return alternative(html);
  if (kind < 0.8) return alternative(newsletter(dice));
  if (kind < 0.89) {
    const logo = part('image/png; name="logo.png"', base64(dice.bytes(dice.int(3000, 25000))), "base64", "Content-ID: <logo>\r\nContent-Disposition: inline; filename=\"logo.png\"\r\n");
    return multipart(dice, "related", [alternative(html.replace("</body>", '<img src="cid:logo"></body>')), logo]);
  }
  const files = Array.from({ length: dice.pick([1, 1, 1, 1, 1, 1, 1, 2, 2, 3]) }, (_, at) =>
    part(`application/pdf; name="offerte ${at}.pdf"`, base64(dice.bytes(Math.min(dice.size(11.2, 0.9), 1_400_000))), "base64", `Content-Disposition: attachment;\r\n filename*=UTF-8''offerte%20%E2%82%AC%20${at}.pdf\r\n`),
  );
  return multipart(dice, "mixed", [alternative(html), ...files]);
}

/** Writes the Maildir, and tells how many messages and bytes it holds. */
export function makeMailbox(maildir: string, total = 10_000, seed = 7): { messages: number; bytes: number } {
  const dice = new Dice(seed);
  const people = Array.from({ length: 400 }, (_, at) => ({ name: `${dice.pick(first)} ${dice.pick(last)}`, address: `p${at}@${dice.pick(domains)}` }));
  const known: string[] = [];
  const now = Date.UTC(2026, 10, 20, 12) / 1000;
  let messages = 0;
  let bytes = 0;
  for (const [folder, share] of shares) {
    for (const inside of ["cur", "new", "tmp"]) mkdirSync(join(maildir, folder, inside), { recursive: true });
    if (folder) writeFileSync(join(maildir, folder, "maildirfolder"), "");
    const dates = Array.from({ length: Math.round(total * share) }, () => Math.floor(now - dice.exponential(200 * 86_400))).sort((a, b) => a - b);
    for (const at of dates) {
      const sent = folder === ".Sent";
      const person = dice.next() < 0.7 ? dice.pick(people) : { name: dice.text(2), address: `x${dice.int(0, 99_999)}@vreemd${dice.int(0, 200)}.example` };
      const date = new Date(at * 1000).toUTCString().replace("GMT", "+0000");
      const id = `<${dice.int(0, 2 ** 32 - 1).toString(16)}.${messages}@${sent ? "test.example" : person.address.split("@")[1]}>`;
      const head: string[] = [];
      if (!sent) {
        for (let hop = dice.int(2, 5); hop > 0; hop--) {
          head.push(`Received: from mx${hop}.klant.example (mx${hop}.klant.example [192.0.2.${dice.int(1, 254)}])\r\n\tby in${hop}.test.example with ESMTPS id ${dice.int(0, 2 ** 32 - 1).toString(16)}\r\n\tfor <${me}>; ${date}`);
        }
        head.push(`DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=klant.example; s=s1;\r\n\tbh=${dice.bytes(32).toString("base64")};\r\n\tb=${[1, 2, 3, 4].map(() => dice.bytes(48).toString("base64")).join("\r\n\t ")}`);
      }
      const parent = known.length && dice.next() < 0.45 ? dice.pick(known.slice(-400)) : undefined;
      if (parent) head.push(`In-Reply-To: ${parent}`, `References: ${parent}`);
      const theirs = `${header(person.name)} <${person.address}>`;
      head.push(`From: ${sent ? `Alice <${me}>` : theirs}`, `To: ${sent ? theirs : `Alice <${me}>`}`);
      if (dice.next() < 0.18) head.push(`Cc: ${[1, 2].map(() => dice.pick(people)).map((one) => `${header(one.name)} <${one.address}>`).join(",\r\n ")}`);
      head.push(`Subject: ${header(`${parent ? "Re: " : ""}${dice.text(dice.int(2, 8))}${dice.pick(["", "", " – € 100"])}`)}`, `Date: ${date}`, `Message-ID: ${id}`, "MIME-Version: 1.0");
      const wire = `${head.join("\r\n")}\r\n${body(dice)}`;
      const stored = Buffer.from(wire.replace(/\r\n/g, "\n"));
      const size = Buffer.byteLength(wire);
      const flags = `${dice.next() < 0.03 ? "F" : ""}${!sent && dice.next() < 0.2 ? "R" : ""}${sent || dice.next() < 0.85 ? "S" : ""}`;
      // With both sizes in the name Dovecot need not read a file to know them.
      const path = join(maildir, folder, "cur", `${at}.M${String(messages).padStart(6, "0")}P1.host,S=${stored.length},W=${size}:2,${flags}`);
      writeFileSync(path, stored);
      utimesSync(path, at, at);
      known.push(id);
      messages += 1;
      bytes += size;
    }
  }
  return { messages, bytes };
}

/** What identifies this generator's output: when it changes, a mailbox kept from an earlier run is made anew. */
export const edition = createHash("sha256").update([body, newsletter, letter, makeMailbox].map(String).join()).digest("hex").slice(0, 12);
