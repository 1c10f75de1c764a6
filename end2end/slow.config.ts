// The journeys of `make test-slow`.
import { defineConfig } from "@playwright/test";
import { desktop } from "./chromium.ts";
import config from "./playwright.config.ts";

export default defineConfig({ ...config, testDir: "slow", reporter: "list", projects: [{ name: "desktop", use: desktop }] });
