import { join } from "node:path";
import { defineConfig } from "@playwright/test";
import { chromium, desktop, tablet } from "./chromium.ts";

const target = process.env.CARGO_TARGET_DIR ?? join(import.meta.dirname, "..", "target");

export default defineConfig({
  testDir: "journeys",
  fullyParallel: true,
  workers: 2,
  // A journey that fails once is broken: no second try hides it.
  retries: 0,
  forbidOnly: !!process.env.CI,
  timeout: 45_000,
  expect: { timeout: 10_000 },
  reporter: [["list"], ["json", { outputFile: join(target, "journeys.json") }]],
  use: {
    locale: "nl-NL",
    timezoneId: "Europe/Amsterdam",
    launchOptions: chromium,
    trace: "retain-on-failure",
    actionTimeout: 10_000,
  },
  projects: [
    { name: "desktop", use: desktop },
    { name: "tablet", use: tablet, grep: /@tablet/ },
    { name: "no-js", use: { ...desktop, javaScriptEnabled: false }, grep: /@nojs/ },
  ],
});
