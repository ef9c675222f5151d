import { playwright } from "@vitest/browser-playwright";
import { defineConfig } from "vitest/config";

const chromium = process.env.CHROMIUM || "/usr/bin/chromium";

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
              launchOptions: { executablePath: chromium, args: ["--no-sandbox"] },
            }),
            instances: [{ browser: "chromium", viewport: { width: 1200, height: 900 } }],
          },
        },
      },
    ],
  },
});
