// What stands at the head of a channel: where a newcomer is and what to try.

import { avatar, el } from "./dom.js";
import { isDM } from "./sidebar.js";

/**
 * welcomeView describes place. view has
 * state.bots and entries, the slash commands; write(text) puts text
 * into the composer.
 */
export function welcomeView(place, view, write) {
  const dm = isDM(place);
  const box = el("div", { class: "welcome-box" },
    dm ? avatar(place.slice(1), "large") : el("span", { class: "welcome-mark", "aria-hidden": "true", text: "#" }),
    el("h2", { text: dm ? place.slice(1) : `Welcome to #${place}` }),
    el("p", {}, dm ? `These are your direct messages with ${place.slice(1)}. No mention is needed here.` : "A Discord-compatible test server on this machine. Nothing leaves it."));
  const online = view.state.bots.filter((b) => b.connected && (!dm || b.name === place.slice(1)));
  if (online.length === 0) box.append(connectHelp(dm));
  for (const bot of online) box.append(botCard(bot, view.entries.filter((e) => e.bot === bot), dm, write));
  return box;
}

function botCard(bot, entries, dm, write) {
  const mention = el("button", { type: "button", class: "chip strong", text: dm ? "Say something" : `@${bot.name} …`, on: { click: () => write(dm ? "" : `@${bot.name} `) } });
  return el("section", { class: "bot-card", "aria-label": `Try ${bot.name}` },
    el("p", {}, el("span", { class: "presence online" }, avatar(bot.name, "small")), el("strong", { text: bot.name }), el("span", { class: "tag", text: "APP" }), el("span", { class: "muted", text: "is connected. Try:" })),
    el("ul", { class: "chips" }, el("li", {}, mention), ...entries.map((e) => el("li", {},
      el("button", { type: "button", class: "chip", title: e.description, on: { click: () => write(`/${e.name}${e.options.length ? " " : ""}`) } },
        el("span", { class: "chip-name", text: `/${e.name}` }), e.description && el("span", { class: "chip-detail", text: e.description }))))),
    el("p", { class: "muted small", text: entries.length ? "Or type / for the commands with their options." : "It has registered no slash commands yet." }));
}

function connectHelp(dm) {
  const row = (name, value) => el("div", {}, el("dt", { text: name }), el("dd", {}, el("code", { text: value })));
  return el("section", { class: "bot-card", "aria-label": "How to connect a bot" },
    el("p", {}, el("strong", { text: dm ? "This bot is not connected." : "No bot is connected yet." }), " Start one with these settings, and it appears here by itself:"),
    el("dl", { class: "settings" }, row("Token", "anything"), row("API base", `${location.origin}/api`)),
    el("p", { class: "muted small" }, "discord.js: ", el("code", { text: `new Client({ rest: { api: "${location.origin}/api" } })` }), ". The gateway's address comes from the API."));
}
