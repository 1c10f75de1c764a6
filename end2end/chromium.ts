// How the machine's own Chromium is started: no browser is downloaded, and none of its background services looks outside.
import type { LaunchOptions } from "@playwright/test";

export const chromium: LaunchOptions = {
  executablePath: process.env.PLAYWRIGHT_CHROMIUM ?? "/usr/bin/chromium",
  args: [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
};

export const desktop = { viewport: { width: 1440, height: 900 } };
export const tablet = { viewport: { width: 820, height: 1180 }, hasTouch: true };
