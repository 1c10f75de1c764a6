// Names what failed and adds up what nextest and Playwright ran: `spindle: N passed, N failed`. Exits 1 when anything failed or nothing ran.
//   node .ci/tally.mjs JUNIT.XML JOURNEYS.JSON FAILED_STEPS
import { existsSync, readFileSync } from "node:fs";
import { stripVTControlCharacters } from "node:util";

const [junit, journeys, steps] = process.argv.slice(2);
let passed = 0;
let failed = 0;
const names = [];

if (existsSync(junit)) {
  const report = readFileSync(junit, "utf8");
  const [head] = report.match(/<testsuites [^>]*>/) ?? [""];
  const count = (name) => Number(head.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
  const bad = count("failures") + count("errors");
  failed += bad;
  passed += count("tests") - bad;
  for (const [, name] of report.matchAll(/<testcase name="([^"]*)"[^>]*>\s*<(?:failure|error)\b/g)) names.push(name);
}
if (existsSync(journeys)) {
  const { stats, suites = [], errors = [] } = JSON.parse(readFileSync(journeys, "utf8"));
  const look = ({ suites = [], specs = [] }) => {
    suites.forEach(look);
    for (const { title, ok, tests } of specs) if (!ok) names.push(`${title}: ${tests.flatMap(({ results }) => results.map(({ error }) => error?.message ?? "")).join(" ")}`);
  };
  suites.forEach(look);
  passed += stats.expected;
  // A journey that passes only at the second try is a fault of the product or of the journey.
  failed += stats.unexpected + stats.flaky + (stats.unexpected ? 0 : errors.length);
}
// A step that failed without a test of its own, such as a lint, must not hide behind a row of green tests.
if (Number(steps) > 0 && failed === 0) failed = Number(steps);
for (const name of names) console.log(`failed: ${stripVTControlCharacters(name).replaceAll(/\s+/g, " ").slice(0, 400)}`);
console.log(`spindle: ${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
