// Adds up what nextest and Playwright ran: `spindle: N passed, N failed`. Exits 1 when anything failed or nothing ran.
//   node .ci/tally.mjs JUNIT.XML JOURNEYS.JSON FAILED_STEPS
import { existsSync, readFileSync } from "node:fs";

const [junit, journeys, steps] = process.argv.slice(2);
let passed = 0;
let failed = 0;

if (existsSync(junit)) {
  const [head] = readFileSync(junit, "utf8").match(/<testsuites [^>]*>/) ?? [""];
  const count = (name) => Number(head.match(new RegExp(`\\b${name}="(\\d+)"`))?.[1] ?? 0);
  const bad = count("failures") + count("errors");
  failed += bad;
  passed += count("tests") - bad;
}
if (existsSync(journeys)) {
  const { stats, errors = [] } = JSON.parse(readFileSync(journeys, "utf8"));
  passed += stats.expected;
  // A journey that passes only at the second try is a fault of the product or of the journey.
  failed += stats.unexpected + stats.flaky + (stats.unexpected ? 0 : errors.length);
}
// A step that failed without a test of its own, such as a lint, must not hide behind a row of green tests.
if (Number(steps) > 0 && failed === 0) failed = Number(steps);
console.log(`spindle: ${passed} passed, ${failed} failed`);
process.exit(failed > 0 || passed === 0 ? 1 : 0);
