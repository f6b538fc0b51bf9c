// A person at the page: typing questions and commands to the real bot, reading
// the cited answers, changing member, theme and the window's width.
//
// Environment, all optional: SUMMITBOT is the program's binary, CHROMIUM the
// browser, SCREENSHOTS the folder that pictures are written to.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, afterEach, before, beforeEach, describe, test } from "node:test";
import { chromium } from "playwright-core";
import { start } from "./program.mjs";

const WHY = "@summitbot why was Alaska chosen?";
const BECAUSE = "geographically significant"; // stands in the answer
const PHONE = { width: 390, height: 780 };
const WIDE = { width: 1280, height: 800 };

const PATIENCE = 15_000; // milliseconds, for what will come

const pictures = process.env.SCREENSHOTS || mkdtempSync(join(tmpdir(), "page-"));
mkdirSync(pictures, { recursive: true });

let program, browser, context, page, faults;

before(async () => {
  program = await start();
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM || "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
      "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
});

after(async () => {
  await browser?.close();
  if (program) assert.equal(await program.stop(), 0, "the program ends well");
});

let places = 0;

/**
 * open shows a channel that nobody has written to, in a window of its own, and
 * notes all that goes wrong there.
 */
async function open(viewport) {
  const channel = `place-${++places}`;
  const made = await fetch(`${program.address}/test/channels`, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user: "ana", name: channel }),
  });
  assert.equal(made.status, 200);
  context = await browser.newContext({ viewport, colorScheme: "light" });
  page = await context.newPage();
  page.setDefaultTimeout(PATIENCE);
  faults = [];
  page.on("pageerror", (err) => faults.push(String(err)));
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && faults.push(m.text()));
  page.on("request", (r) => r.url().startsWith(`${program.address}/`) || faults.push(`asked for ${r.url()}`));
  await page.goto(`${program.address}/#${channel}`);
  await page.getByRole("button", { name: "@summitbot …" }).waitFor();
}

afterEach(async () => {
  await context?.close();
  assert.deepEqual(faults, [], "something went wrong on the page");
});

const box = () => page.locator("#composer-text");
const picture = (name) => page.screenshot({ path: join(pictures, `${name}.png`) });

/** type writes into the message box as fingers do, key by key, and sends it. */
async function type(text) {
  await box().focus();
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

/** answer waits for a message of the bot's with words in it, and returns its text. */
async function answer(words) {
  const found = page.locator(".message:not(.pending)", { has: page.locator(".author.bot"), hasText: words });
  await found.last().waitFor();
  return found.last().innerText();
}

/** cited fails unless a text marks its sources and has some words. */
function cited(text, ...words) {
  assert.match(text, /\[\d+\]/, "the text refers to a source");
  for (const word of words) assert.ok(text.includes(word), `the answer says ${word}:\n${text}`);
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** accessible fails if axe-core finds what WCAG 2 forbids, at the levels A and AA. */
async function accessible(what) {
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations, passes } = await window.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"] });
    if (passes.length < 10) return [`only ${passes.length} rules were tried`];
    return violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => `${n.html.slice(0, 120)} (${n.failureSummary})`).join("; ")}`);
  });
  assert.deepEqual(found, [], `${what} is not accessible`);
}

/** overflow is by how many pixels the page is wider than its window. */
const overflow = () => page.evaluate(() => {
  const wide = [document.documentElement, document.querySelector("#scroller")];
  return Math.max(...wide.map((n) => n.scrollWidth - n.clientWidth));
});

describe("on a wide window", () => {
  beforeEach(() => open(WIDE));

  test("a mention is answered with its sources", async () => {
    await page.keyboard.type("@su");
    await page.getByRole("option", { name: "summitbot" }).waitFor();
    await page.keyboard.press("Enter");
    assert.equal(await box().inputValue(), "@summitbot ");
    await page.keyboard.type("why Alaska?");
    await page.keyboard.press("Enter");
    cited(await answer("Quoted word for word"), "Alaska");
    assert.equal(await box().inputValue(), "");
    assert.equal(await page.locator(".pending").count(), 0);
    await page.locator(".message .mention", { hasText: "@summitbot" }).first().waitFor();
    await picture("mention");
  });

  test("what the article does not say is refused", async () => {
    await type("@summitbot what's a good pizza recipe?");
    const text = await answer("pizza"); // the line above a reply holds what it replies to
    assert.doesNotMatch(text, /Quoted word for word/);
    await picture("refusal");
  });

  test("a command and its options are offered while typing", async () => {
    await box().focus();
    await page.keyboard.type("/");
    for (const name of ["/ask", "/help", "/risks", "/takeaways"]) await page.getByRole("option", { name }).waitFor();
    await page.keyboard.type("ri");
    await page.keyboard.press("Tab");
    assert.equal(await box().inputValue(), "/risks ");
    await page.getByRole("option", { name: "for:" }).waitFor();
    await page.keyboard.press("Tab");
    await page.getByRole("option", { name: "Global stability" }).waitFor();
    await picture("options");
    await page.keyboard.type("glo");
    await page.keyboard.press("Enter");
    assert.equal(await box().inputValue(), "/risks for:Global stability ");
    await page.keyboard.press("Enter");
    const text = await answer("Risks the article names");
    cited(text, "Global stability");
    assert.doesNotMatch(text, /Russia and Putin/, "the option narrows the list");
  });

  test("a list comes whole", async () => {
    await type("/risks");
    await answer("Russia and Putin");
    await answer("The United States and its allies");
    cited(await answer("Global stability"));
    await picture("risks");
    await type("/takeaways 2");
    cited(await answer("Key Takeaways, point 2 of 6")); // the risks quote other takeaways
  });

  test("the wire can be watched", async () => {
    await page.getByRole("button", { name: "Show what goes over the wire" }).click();
    const panel = page.getByRole("complementary", { name: "On the wire" });
    await panel.getByText("INTERACTION_CREATE").first().waitFor();
    assert.equal(await panel.getByText("Heartbeat ACK").count(), 0);
    await panel.getByRole("searchbox").fill("MESSAGE_CREATE");
    await panel.getByText("INTERACTION_CREATE").first().waitFor({ state: "detached" });
    await panel.locator("summary").last().click();
    await panel.getByText('"channel_type"').first().waitFor();
    // What Discord refuses is red, and says where to read why.
    assert.equal((await fetch(`${program.address}/api/v10/users/@me`)).status, 401);
    await panel.getByRole("searchbox").fill("refused");
    await panel.locator(".bad summary", { hasText: "GET /users/@me" }).click();
    await panel.getByRole("link", { name: "documentation" }).waitFor();
    await picture("wire");
    await page.keyboard.press("Escape");
    await panel.waitFor({ state: "hidden" });
    assert.equal(await page.evaluate(() => document.activeElement.id), "wire-button");
  });

  test("a message has a menu, by mouse and by keyboard", async () => {
    await type(WHY);
    await answer(BECAUSE);
    const said = page.locator(".message", { hasText: BECAUSE }).last();
    await said.click({ button: "right", position: { x: 200, y: 12 } });
    await page.getByRole("menu").getByRole("menuitem", { name: "React with 👍" }).click();
    const reaction = said.locator(".reaction");
    await reaction.waitFor();
    assert.equal(await reaction.getAttribute("aria-pressed"), "true");
    await reaction.click();
    await reaction.waitFor({ state: "detached" });
    // The same with the keyboard alone.
    await box().focus();
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("m");
    await page.getByRole("menuitem", { name: "Reply" }).waitFor();
    await accessible("the menu of a message");
    await picture("menu");
    await page.keyboard.press("Escape");
    assert.equal(await page.getByRole("menu").count(), 0);
    assert.match(await page.evaluate(() => document.activeElement.id), /^m-/);
    await page.keyboard.press("m");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Enter");
    await said.locator(".reaction", { hasText: "👎" }).waitFor();
  });

  test("pictures are shown, and foreign ones are not fetched", async () => {
    const dot = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
    const channel = decodeURIComponent(new URL(page.url()).hash.slice(1));
    const sent = await fetch(`${program.address}/test/messages`, {
      method: "POST", headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ user: "ben", channel, content: "look", files: [{ name: "dot.png", content_type: "image/png", data: dot }] }),
    });
    assert.equal(sent.status, 200);
    const image = page.locator(".message img");
    await image.waitFor();
    assert.equal(await image.evaluate((n) => n.complete && n.naturalWidth), 1);
  });

  test("faults are turned on and off", async () => {
    await page.getByRole("button", { name: "Make the server fail" }).click();
    const panel = page.getByRole("complementary", { name: "Faults" });
    await panel.getByRole("button", { name: "A fair mix" }).click();
    await panel.getByText("A fair mix of faults is on.").waitFor();
    assert.ok(Number(await panel.getByLabel("502, not done: in how many of a hundred cases").inputValue()) > 0);
    await accessible("the panel of faults");
    await picture("faults");
    await panel.getByRole("button", { name: "None" }).click();
    await panel.getByText("No faults.").waitFor();
    await panel.getByLabel("502, not done: the next how many times").fill("1");
    await panel.getByRole("button", { name: "Turn these on" }).click();
    await panel.getByText("These faults are on.").waitFor();
    assert.deepEqual(await (await fetch(`${program.address}/test/faults`)).json(), { bad_gateway_502: 1 });
    await panel.getByRole("button", { name: "Cut the connections" }).click();
    await type(WHY);
    cited(await answer(BECAUSE)); // all the same
    assert.deepEqual(await (await fetch(`${program.address}/test/faults`)).json(), {});
  });

  test("a member's Discord speaks another language", async () => {
    await page.locator("#member-button").click();
    const speak = async (locale) => {
      const told = page.waitForResponse((r) => r.url().endsWith("/test/users"));
      await page.getByLabel("Language of this member").selectOption(locale);
      assert.equal((await (await told).json()).locale, locale);
    };
    await speak("de");
    await speak("en-US");
  });

  test("a crowd does not make the page stiff", async () => {
    const channel = decodeURIComponent(new URL(page.url()).hash.slice(1));
    for (let n = 0; n < 1500; n += 50) {
      await Promise.all(Array.from({ length: 50 }, (_, i) => fetch(`${program.address}/test/messages`, {
        method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ user: `member-${i}`, channel, content: `message ${n + i}` }),
      })));
    }
    await page.getByText("message 1499", { exact: true }).waitFor();
    assert.ok(await page.locator(".message").count() <= 1001, "old messages are let go of");
    await type(WHY);
    cited(await answer(BECAUSE));
  });

  test("a passage is shown, and those around it", async () => {
    await type(WHY);
    await answer(BECAUSE);
    await page.getByRole("button", { name: "Show passage" }).first().click();
    const passage = page.locator(".message", { has: page.locator(".only-you") }).last();
    await passage.getByText("paragraph 1 of 6").first().waitFor();
    assert.match(await passage.locator(".markup strong").last().innerText(), /./);
    await picture("passage");
    await passage.getByRole("button", { name: "Next" }).click();
    await passage.getByText("paragraph 2 of 6").first().waitFor();
    await accessible("a passage");
  });

  test("questions are suggested while one types, and another is asked next", async () => {
    await box().focus();
    await page.keyboard.type("/ask question:why ala");
    const first = page.getByRole("option", { name: /Alaska/ }).first();
    await first.waitFor();
    await picture("autocomplete");
    await page.keyboard.press("ArrowDown");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await answer("Alaska");
    await page.locator(".select summary", { hasText: "Ask next" }).last().click();
    await page.locator(".select[open] .option").first().click();
    await page.locator(".message:not(.pending) .tag").nth(1).waitFor();
  });

  test("a vote against an answer says why", async () => {
    await type(WHY);
    await answer(BECAUSE);
    await page.getByRole("button", { name: "Not helpful" }).click();
    const form = page.getByRole("dialog");
    await form.getByText("What was wrong?").waitFor();
    await form.getByRole("combobox").selectOption("missing");
    await form.getByRole("textbox").fill("the history of the place");
    await accessible("the form of a vote");
    await picture("vote");
    await form.getByRole("button", { name: "Submit" }).click();
    await page.getByText("Thank you, that is noted.").waitFor();
  });

  test("a message is asked about, and checked, from its menu", async () => {
    await type("I heard that the choice of Alaska is far from arbitrary. Is it?");
    const said = page.locator(".message:not(.pending)", { hasText: "I heard that" }).last();
    await said.click({ button: "right", position: { x: 200, y: 12 } });
    await picture("apps");
    await page.getByRole("menuitem", { name: "Ask about this" }).click();
    const form = page.getByRole("dialog");
    assert.match(await form.getByRole("textbox").inputValue(), /I heard that/);
    await form.getByRole("textbox").fill("why was Alaska chosen?");
    await form.getByRole("button", { name: "Submit" }).click();
    cited(await answer(BECAUSE));
    await said.click({ button: "right", position: { x: 200, y: 12 } });
    await page.getByRole("menuitem", { name: "Check against the article" }).click();
    await page.locator(".message", { hasText: "Checked: " }).filter({ has: page.locator(".only-you") }).waitFor();
    await picture("checked");
  });

  test("a conversation goes on in a thread", async () => {
    await type(WHY);
    await answer(BECAUSE);
    await page.getByRole("button", { name: "Go on in a thread" }).click();
    await page.locator("#channels .thread a").first().waitFor();
    await page.locator("#channels .thread a").last().click();
    await page.getByText("Ask on here.").waitFor();
    await type("@summitbot what does Putin want from NATO?");
    cited(await answer("NATO"));
    await picture("thread");
  });

  test("commands and answers come in the member's language", async () => {
    await page.locator("#member-button").click();
    await page.getByPlaceholder("new member").fill("greta");
    await page.keyboard.press("Enter");
    await page.locator("#member-name", { hasText: "greta" }).waitFor();
    await page.locator("#member-button").click();
    const told = page.waitForResponse((r) => r.url().endsWith("/test/users"));
    await page.getByLabel("Language of this member").selectOption("de");
    await told;
    await page.locator("#welcome", { hasText: "/risiken" }).waitFor();
    await box().focus();
    await page.keyboard.type("/ri");
    await page.getByRole("option", { name: "/risiken" }).waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.type("wen:Welt");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    await answer("Weltweite Stabilität");
    await picture("german");
  });

  test("people who do not see or use a mouse are not left out", async () => {
    await accessible("an empty channel");
    await type(WHY);
    await answer(BECAUSE);
    await type("/help");
    await page.locator(".only-you").waitFor();
    await page.getByRole("button", { name: "Show what goes over the wire" }).click();
    await page.locator(".wire-row summary").first().click();
    await accessible("a conversation");
    await page.getByRole("button", { name: "Use the dark theme" }).click();
    await accessible("a conversation in the dark");
    await page.keyboard.press("Escape");
    await box().focus();
    await page.keyboard.type("/ri");
    await page.getByRole("option").first().waitFor();
    await accessible("the choice of commands");
  });

  test("a command that lacks an option is not sent", async () => {
    await type("/ask ");
    await page.getByText("needs the option question").waitFor();
    assert.equal((await box().inputValue()).trim(), "/ask");
    await page.keyboard.type("why was Alaska chosen?");
    await page.keyboard.press("Enter");
    cited(await answer(BECAUSE));
  });

  test("another member sees the channel, but not what is for one alone", async () => {
    await type(WHY);
    await answer(BECAUSE);
    await type("/help");
    await page.locator(".only-you").waitFor();
    await page.locator("#member-button").click();
    await page.locator("#members").getByRole("button", { name: "ben" }).click();
    assert.equal(await page.locator("#member-name").innerText(), "ben");
    await answer(BECAUSE);
    assert.equal(await page.locator(".only-you").count(), 0);
    await type("@summitbot what does Putin want from NATO?");
    await page.locator(".message:not(.pending) .author", { hasText: "ben" }).last().waitFor();
    cited(await answer("NATO"));
  });

  test("direct messages need no mention", async () => {
    await page.locator("#dms").getByRole("link", { name: "summitbot" }).click();
    await page.locator("#place-name", { hasText: "summitbot" }).waitFor();
    await type("Why was Alaska chosen?");
    cited(await answer(BECAUSE));
  });

  test("the theme is switched, and kept", async () => {
    const colour = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const light = await colour();
    await page.getByRole("button", { name: "Use the dark theme" }).click();
    const dark = await colour();
    assert.notEqual(dark, light);
    await type(WHY);
    await answer(BECAUSE);
    await picture("dark");
    await page.reload();
    await page.getByRole("button", { name: "Use the light theme" }).waitFor();
    assert.equal(await colour(), dark);
  });
});

describe("on a telephone", () => {
  beforeEach(() => open(PHONE));

  test("a person asks, and changes channel and member", async () => {
    await type(WHY);
    cited(await answer(BECAUSE));
    await type("/risks");
    await answer("Russia and Putin");
    await answer("Global stability");
    assert.equal(await overflow(), 0, "nothing is wider than the window");
    await picture("telephone");
    await page.getByRole("button", { name: "Open the channel list" }).click();
    await page.getByRole("button", { name: "Close the channel list" }).waitFor();
    await picture("telephone-channels");
    await page.locator("#member-button").click();
    await page.locator("#members").getByRole("button", { name: "ben" }).click();
    await page.locator("#channels").getByRole("link", { name: "general" }).click();
    await page.locator("#place-name", { hasText: "general" }).waitFor();
    await type("@summitbot why was Alaska chosen?");
    await page.locator(".message:not(.pending) .author", { hasText: "ben" }).last().waitFor();
    assert.equal(await overflow(), 0, "nothing is wider than the window");
  });
});
