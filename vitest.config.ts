import { existsSync } from "node:fs";
import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

// $CHROMIUM, the system's, or else playwright's own.
const system = "/usr/bin/chromium";
const chromium = process.env.CHROMIUM || (existsSync(system) ? system : undefined);

export default defineConfig({
  test: {
    projects: [
      { test: { name: "pure", environment: "node", include: ["tests/js/pure/**/*.test.ts"] } },
      {
        test: {
          name: "browser",
          include: ["tests/js/browser/**/*.test.ts"],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                ...(chromium && { executablePath: chromium }),
                args: ["--no-sandbox"],
              },
            }),
            instances: [{ browser: "chromium", viewport: { width: 1200, height: 900 } }],
          },
        },
      },
    ],
  },
});
