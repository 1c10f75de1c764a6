// make bench, its part on letters: one template made into personal letters with a logo, on one core, beside Python's `email` package on the
// same work in the same run.
//   node end2end/build/ts.mjs end2end/bench/letters.ts     [LETTERS=3000] [ROUNDS=5]
import { execFileSync } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deflateSync } from "node:zlib";
import { temporary } from "../fixtures/machine.ts";
import { parsed } from "../fixtures/parsed.ts";
import { Dice } from "./mailbox.ts";

const letters = Number(process.env.LETTERS ?? 3_000);
const rounds = Number(process.env.ROUNDS ?? 5);
const root = join(import.meta.dirname, "..", "..");

const paragraphs = [
  "Vanaf maandag gelden er voor «Bedrijf» nieuwe prijzen. Wat u voor die dag bestelt, rekenen wij nog tegen de oude.",
  "Onze bezorgers rijden in «Plaats» op dinsdag en vrijdag. Is er niemand, dan laten zij de zakken bij de buren, zoals u gewend bent.",
  "Kijkt u de lijst rustig na, «Naam»? Een telefoontje is genoeg als er iets niet klopt; wij passen het dezelfde dag nog aan.",
];
const text = ["«Aanhef»,", ...paragraphs, ...paragraphs, ...paragraphs, "Met vriendelijke groet,", "«Mijn Voornaam»", "«Mijn Bedrijfsnaam»\n«Mijn Plaats»\n«Mijn E-mail»"];
const html = [...text.map((line) => `<p style="margin:0 0 12px">${line.replaceAll("\n", "<br>")}</p>`), "<p>«Mijn Logo»</p>"].join("\n");

/** A picture of 480 by 96 that does not shrink much: a logo of about 20 kB. */
function picture(dice: Dice): Buffer {
  const table = Array.from({ length: 256 }, (_, n) => Array.from({ length: 8 }).reduce<number>((c) => (c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1), n) >>> 0);
  const crc = (bytes: Buffer) => (bytes.reduce((sum, byte) => (table[(sum ^ byte) & 255] ?? 0) ^ (sum >>> 8), 0xffffffff) ^ 0xffffffff) >>> 0;
  const chunk = (name: string, data: Buffer) => {
    const inside = Buffer.concat([Buffer.from(name), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc(inside));
    return Buffer.concat([length, inside, sum]);
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(480);
  head.writeUInt32BE(96, 4);
  // Eight bits of grey.
  head[8] = 8;
  const rows = Array.from({ length: 96 }, () => Buffer.concat([Buffer.alloc(1), dice.bytes(200), Buffer.alloc(280)]));
  return Buffer.concat([Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), chunk("IHDR", head), chunk("IDAT", deflateSync(Buffer.concat(rows))), chunk("IEND", Buffer.alloc(0))]);
}

type Speed = { perSecond: number; bytes: number };

function run(command: string, args: string[]): Speed {
  const [count = 0, seconds = 0, bytes = 0] = execFileSync(command, args).toString().trim().split(" ").map(Number);
  if (count !== letters) throw new Error(`${command} made ${count} letters`);
  return { perSecond: count / seconds, bytes: bytes / count };
}

const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

execFileSync("cargo", ["build", "--release", "--locked", "--quiet", "-p", "mail", "--example", "letters"], { cwd: root, stdio: "inherit" });
const program = join(process.env.CARGO_TARGET_DIR ?? join(root, "target"), "release", "examples", "letters");
const folder = temporary("letters");
try {
  const columns = ["contact.salutation", "contact.name", "contact.email", "contact.company", "contact.city", "me.first_name", "me.email", "company.name", "company.city"];
  const person = (nth: number) => ["Beste Zoë", `Zoë van der Berg ${nth}`, `zoe${nth}@bakkerij.example`, `Bakkerij ${nth} & Zn`, "Deventer", "Alice", "alice@firma.example", "Meelfabriek De Hoop", "Zutphen"];
  writeFileSync(join(folder, "people.tsv"), [columns, ...Array.from({ length: letters }, (_, nth) => person(nth))].map((row) => row.join("\t")).join("\n"));
  writeFileSync(join(folder, "letter.html"), html);
  // Whoever sees no picture reads whose it is.
  writeFileSync(join(folder, "letter.txt"), [...text, "«Mijn Bedrijfsnaam»"].join("\n\n"));
  writeFileSync(join(folder, "logo.png"), picture(new Dice(7)));
  const ours: Speed[] = [];
  const theirs: Speed[] = [];
  for (let round = 0; round < rounds; round++) {
    ours.push(run(program, [folder]));
    theirs.push(run("python3", [join(import.meta.dirname, "letters.py"), folder]));
  }
  const [mine, other] = ["spindle.eml", "python.eml"].map((name) => parsed(readFileSync(join(folder, name))));
  const words = (letter = mine) => [letter?.subject, letter?.from, letter?.to, letter?.text.replace(/\s+/g, " ").trim(), letter?.parts.map(({ type, size }) => (type === "image/png" ? `${type} ${size}` : type))];
  const [said, meant] = [words(mine), words(other)].map((all) => JSON.stringify(all));
  if (said !== meant) throw new Error(`The letters differ:\n${said}\n${meant}`);

  const speed = (all: Speed[]) => median(all.map((one) => one.perSecond));
  const ratio = speed(ours) / speed(theirs);
  const row = (what: string, value: string, goal: string, met?: boolean) =>
    console.log(`| ${what.padEnd(46)} | ${value.padStart(14)} | ${goal.padEnd(10)} | ${met === undefined ? " " : met ? "✓" : "✗"} |`);
  console.log(`\n${letters} personal letters of ${((ours[0]?.bytes ?? 0) / 1e3).toFixed(0)} kB with a logo, one core, medians of ${rounds} interleaved rounds\n`);
  row("what", "measured", "goal");
  row("---", "---", "---");
  row("letters, spindle", `${speed(ours).toFixed(0)}/s`, ">= 1000/s", speed(ours) >= 1000);
  row("letters, Python's email", `${speed(theirs).toFixed(0)}/s`, "");
  row("letters, spindle / Python's email", `${ratio.toFixed(1)}x`, ">= 1x", ratio >= 1);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
