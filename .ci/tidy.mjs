// What must not be there: the invariants of ARCHITECTURE.md that a compiler does not see. Prints each breach and exits 1.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

const breaches = [];
const breach = (text) => breaches.push(text);
const read = (path) => readFileSync(path, "utf8");
const files = execFileSync("git", ["ls-files", "-co", "--exclude-standard"], { encoding: "utf8", maxBuffer: 1 << 26 }).split("\n").filter(Boolean);
const rust = files.filter((file) => file.endsWith(".rs"));

// A dependency that is not there cannot be used.
function absent(crate, names, target) {
  const args = ["tree", "--locked", "-p", crate, "-e", "normal", "--prefix", "none", "--format", "{p}", ...(target ? ["--target", target] : [])];
  const tree = new Set(execFileSync("cargo", args, { encoding: "utf8", maxBuffer: 1 << 26 }).split("\n").map((line) => line.split(" ")[0]));
  for (const name of names) if (tree.has(name)) breach(`${crate} depends on ${name}${target ? " in the browser" : ""}`);
}
const databases = ["sqlx", "sqlx-core", "libsqlite3-sys"];
const web = ["axum", "hyper", "leptos", "leptos_axum", "tower-http"];
absent("model", [...databases, ...web, "tokio", "jiff", "chrono", "time", "regex", "reqwest"]);
absent("crm", [...databases, ...web, "imap-proto", "reqwest", "lettre"]);
absent("mail", [...databases, "axum", "leptos"]);
absent("store", [...web, "imap-proto"]);
absent("ui", ["model", "crm", ...databases]);
absent("frontend", [...databases, "tokio", "crm", "store", "mail", "axum", "hyper", "jiff"], "wasm32-unknown-unknown");

// Both languages say the same things, with the same blanks.
function leaves(node, path = "") {
  return Object.entries(node).flatMap(([key, value]) => (typeof value === "object" ? leaves(value, `${path}${key}.`) : [[`${path}${key}`, String(value)]]));
}
const blanks = (text) => [...new Set(text.match(/\{\{\s*\w+|<\w+>/g) ?? [])].map((blank) => blank.replace(/\s/g, "")).sort().join(" ");
// A language is a folder with a file per room, or one file.
function texts(path) {
  if (path.endsWith(".json")) return leaves(JSON.parse(read(path)));
  return readdirSync(path).filter((name) => name.endsWith(".json")).flatMap((room) => leaves(JSON.parse(read(join(path, room))), `${room.replace(".json", "")}.`));
}
const locales = readdirSync("app/locales");
const [first, ...others] = locales.map((name) => [name, new Map(texts(join("app/locales", name)))]);
if (locales.length < 2) breach("app/locales: fewer than two languages");
for (const [name, words] of [first, ...others]) {
  for (const [key, text] of words) if (!text.trim()) breach(`${name}: ${key} is empty`);
}
// Plural forms differ by language, so only what stands before their suffix is compared.
const stem = (key) => key.replace(/_(zero|one|two|few|many|other)$/, "");
for (const [name, words] of others) {
  const [a, b] = [first[1], words].map((map) => new Set([...map.keys()].map(stem)));
  for (const key of a) if (!b.has(key)) breach(`${name} lacks ${key}`);
  for (const key of b) if (!a.has(key)) breach(`${first[0]} lacks ${key}`);
  for (const [key, text] of words) {
    const other = first[1].get(key);
    if (other !== undefined && blanks(other) !== blanks(text)) breach(`${key}: ${first[0]} and ${name} have different blanks`);
  }
}

// Migrations come in pairs.
for (const kind of ["directory", "company"]) {
  const [lite, post] = ["sqlite", "postgres"].map((base) => readdirSync(join("migrations", base, kind)).sort().join(" "));
  if (lite !== post) breach(`migrations/*/${kind}: not in pairs: ${lite} | ${post}`);
}

/** Components with a handler put on from outside, by the place where that stands. */
function* spread(text) {
  for (const tag of text.matchAll(/<[A-Z]\w*\s/g)) {
    let depth = 0;
    for (let at = tag.index + tag[0].length; at < text.length && depth >= 0; at++) {
      const c = text[at];
      if (c === '"') at = (text.indexOf('"', at + 1) + 1 || text.length) - 1;
      else if ("({[".includes(c)) depth++;
      else if (")}]".includes(c)) depth--;
      else if (depth === 0 && c === ">" && !"-=".includes(text[at - 1])) break;
      else if (depth === 0 && text.startsWith("on:", at) && /\s/.test(text[at - 1])) yield at;
    }
  }
}

for (const file of rust) {
  const text = read(file);
  const lines = text.split("\n");
  if (file.endsWith("/mod.rs") && file !== "server/store/sql/mod.rs") breach(`${file}: a file beside the folder, not mod.rs`);
  if (lines.length > 1000) breach(`${file}: ${lines.length} lines; split it by idea`);
  if (!file.startsWith("server/store") && /\bsqlx::/.test(text)) breach(`${file}: SQL lives in the store`);
  const main = file.startsWith("server/src/main") || file.startsWith("server/src/config") || file.startsWith("server/src/cli");
  const test = /\/(tests|examples)\//.test(file) || file.endsWith("build.rs");
  if (!main && !test && /\benv::(var|vars|var_os|args)\b/.test(text)) breach(`${file}: only main reads the environment`);
  if (file.startsWith("app/src/") || file.startsWith("app/ui/")) {
    // Leptos leaves it on when the component is drawn anew in place; see `ui::Click`.
    for (const at of spread(text)) breach(`${file}:${text.slice(0, at).split("\n").length}: a handler on a component: give it a property`);
    lines.forEach((line, index) => {
      // Words between tags, or in an attribute that is read out: those belong in app/locales.
      const words = /(?:>\s*|^\s*)"[^"{}\/_=]*\p{L}{3,}[^"{}\/_=]* [^"]*"\s*(?:<|$)|\b(?:placeholder|title|aria-label|alt)="(?![a-z.@]+")[^"{}]*\p{L}{3,}/u;
      if (!line.trimStart().startsWith("//") && words.test(line)) breach(`${file}:${index + 1}: a text outside app/locales: ${line.trim()}`);
    });
  }
}

for (const file of files.filter((file) => file.endsWith("Cargo.toml") && file !== "Cargo.toml")) {
  if (!/\[lints\]\s*\nworkspace = true/.test(read(file))) breach(`${file}: does not take the workspace's lints`);
}

const lock = read("end2end/package-lock.json");
if (lock.includes('"resolved"')) breach("end2end/package-lock.json names the registry it was made with; see end2end/.npmrc");

// Nobody's mailbox, nobody's machine.
for (const file of files.filter((file) => /\.(rs|ts|mjs|css|toml|json|md|sql)$/.test(file) && file !== "end2end/package-lock.json")) {
  if (/\/home\/\w+\/|\/root\//.test(read(file))) breach(`${file}: a path of one machine`);
}

for (const text of breaches) console.error(`tidy: ${text}`);
console.log(breaches.length ? `tidy: ${breaches.length} to mend` : "tidy: all in order");
process.exit(breaches.length ? 1 : 0);
