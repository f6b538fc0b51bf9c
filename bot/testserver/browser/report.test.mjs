// The page of "summitbot report" in a browser: the golden page of a made-up
// fortnight, in light and dark, on a desk and on phones.
//
// Environment, all optional: CHROMIUM is the browser, SCREENSHOTS the folder
// that pictures are written to.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { chromium } from "playwright-core";

const REPORT = new URL("../../report/testdata/sample.html", import.meta.url).href;
const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const pictures = process.env.SCREENSHOTS || mkdtempSync(join(tmpdir(), "report-"));
mkdirSync(pictures, { recursive: true });

let browser;

before(async () => {
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(() => browser?.close());

/** open shows the report; seen lists what it asked for and complained of. */
async function open(t, { width, height = 844, scheme = "light" }) {
  const context = await browser.newContext({ viewport: { width, height }, colorScheme: scheme, reducedMotion: "reduce", bypassCSP: true });
  t.after(() => context.close());
  const page = await context.newPage();
  const seen = [];
  page.on("request", (request) => seen.push(request.url()));
  page.on("console", (message) => seen.push(message.text()));
  page.on("pageerror", (error) => seen.push(error.message));
  await page.goto(REPORT);
  return { page, seen };
}

/** unfold opens all that is folded. */
const unfold = (page) => page.evaluate(() => document.querySelectorAll("details").forEach((d) => { d.open = true; }));

describe("the report's page", () => {
  for (const scheme of ["light", "dark"]) {
    for (const width of [360, 390, 768, 1200]) {
      test(`${scheme}, ${width} pixels wide`, async (t) => {
        const { page, seen } = await open(t, { width, scheme });
        await page.screenshot({ path: join(pictures, `report-${scheme}-${width}.png`) });
        await page.locator("#a1").scrollIntoViewIfNeeded();
        await page.evaluate(() => document.getElementById("a1").scrollIntoView());
        await page.screenshot({ path: join(pictures, `report-map-${scheme}-${width}.png`) });
        await unfold(page);
        const wide = await page.evaluate(() => [...document.querySelectorAll("body *")]
          .filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest(".skip, .hidden"))
          .map((e) => `${e.tagName} ${e.className} ${e.textContent.slice(0, 40)}`));
        assert.deepEqual(wide, [], "nothing sticks out at the side");
        assert.deepEqual(seen, [REPORT], "it asks for nothing but itself, and has no complaint");
        await page.evaluate(axe);
        const { violations } = await page.evaluate(() => axe.run());
        assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.html).slice(0, 3).join(" ")}`), []);
      });
    }
  }

  test("the keyboard reaches everything, and the strip leads to its section", async (t) => {
    const { page } = await open(t, { width: 390 });
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.textContent), "To the report");
    const reached = new Set();
    for (let i = 0; i < 200; i++) {
      reached.add(await page.evaluate(() => document.activeElement.outerHTML.slice(0, 120)));
      await page.keyboard.press("Tab");
    }
    const all = await page.evaluate(() => [...document.querySelectorAll("a, summary, input")]
      .filter((e) => e.checkVisibility() && !e.parentElement.closest("details:not([open]) > :not(summary)")).map((e) => e.outerHTML.slice(0, 120)));
    assert.ok(all.length > 20);
    assert.deepEqual(all.filter((e) => !reached.has(e)), []);
    await page.locator(".strip a").nth(3).press("Enter");
    const top = await page.locator("#a1s4").evaluate((e) => e.getBoundingClientRect().top);
    const strip = await page.locator(".strip").evaluate((e) => e.getBoundingClientRect().bottom);
    assert.ok(top >= strip - 1 && top < 200, `the section begins at ${top}, below the strip, which ends at ${strip}`);
  });

  test("a phone shows the beginning of paragraphs, or all of them", async (t) => {
    const { page } = await open(t, { width: 390 });
    const tall = () => page.locator("#a1s1p1 p").evaluate((e) => e.getBoundingClientRect().height);
    const before = await tall();
    await page.getByLabel("whole paragraphs").check();
    assert.ok(await tall() > 2 * before);
  });
});
