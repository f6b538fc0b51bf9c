// The left column: channels, direct messages with bots, and who is acting.

import { avatar, el, icon } from "./dom.js";

const NAME = /^[\p{L}\p{N}_.-]{1,32}$/u;
// The languages of Discord's clients.
const LANGUAGES = ["en-US", "en-GB", "de", "es-ES", "es-419", "fr", "uk", "ru", "pl", "it", "nl", "pt-BR", "da", "sv-SE", "no", "fi",
  "cs", "hu", "ro", "bg", "el", "hr", "lt", "tr", "vi", "th", "hi", "id", "ja", "ko", "zh-CN", "zh-TW"];

const languageName = (code) => `${new Intl.DisplayNames([code], { type: "language" }).of(code)} (${code})`;

const byID = (id) => document.getElementById(id);

/** place names: "general" is a channel, "@bot" the acting member's DM with a bot. */
export const isDM = (place) => place.startsWith("@");

export class Sidebar {
  #on;
  #drawn = ""; // what the column was drawn from

  /** on: goTo(place), actAs(name), speak(locale), create(channel) -> a promise of an error or "". */
  constructor(on) {
    this.#on = on;
    byID("channel-add").addEventListener("click", () => this.#toggle("channel-add", "channel-form", "channel-input"));
    byID("member-button").addEventListener("click", () => this.#toggle("member-button", "member-menu"));
    this.#form("channel-form", "channel-input", "channel-error", (raw) => {
      const name = raw.toLowerCase().replace(/^#/, "").replace(/\s+/g, "-");
      if (!NAME.test(name)) return "A channel's name has 1 to 32 letters, digits, -, _ or .";
      return this.#on.create(name).then((error) => {
        if (!error) this.#close("channel-add", "channel-form");
        return error;
      });
    });
    this.#form("member-form", "member-input", "member-error", (raw) => {
      if (!NAME.test(raw)) return "A member's name has 1 to 32 letters, digits, -, _ or .";
      this.#close("member-button", "member-menu");
      this.#on.actAs(raw);
      return "";
    });
    byID("locale").append(...LANGUAGES.map((code) => el("option", { value: code, text: languageName(code) })));
    byID("locale").addEventListener("change", (e) => this.#on.speak(e.target.value));
    byID("sidebar-open").addEventListener("click", () => this.drawer(true));
    byID("sidebar-close").addEventListener("click", () => this.drawer(false));
    byID("scrim").addEventListener("click", () => this.drawer(false));
    byID("sidebar").addEventListener("keydown", (e) => { if (e.key === "Escape") this.#escape(); });
    document.addEventListener("click", (e) => {
      if (!byID("member-menu").hidden && !e.target.closest(".account")) this.#close("member-button", "member-menu");
    });
  }

  /** draw shows a view: {guild, channels, bots, members, me, locale, place, unread}. */
  draw(view) {
    const drawn = JSON.stringify([view, [...view.unread]]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const focused = document.activeElement?.closest?.(".channel-list a")?.getAttribute("href");
    byID("guild-name").textContent = view.guild;
    byID("channels").replaceChildren(...view.channels.map((c) => this.#link(c.name, c, view)));
    const dms = view.bots.map((b) => this.#link(`@${b.name}`, { name: b.name, bot: b }, view));
    byID("dms").replaceChildren(...(dms.length ? dms : [el("li", { class: "muted empty", text: "No bot has connected yet." })]));
    byID("member-avatar").replaceChildren(avatar(view.me, "small"));
    byID("member-name").textContent = view.me;
    byID("locale").value = view.locale;
    byID("members").replaceChildren(...view.members.map((name) => el("li", {}, el("button", {
      type: "button", "aria-pressed": name === view.me ? "true" : "false", on: { click: () => {
        this.#close("member-button", "member-menu");
        byID("member-button").focus();
        this.#on.actAs(name);
      } },
    }, avatar(name, "small"), el("span", { text: name }), name === view.me && icon("check")))));
    if (focused) [...document.querySelectorAll(".channel-list a")].find((a) => a.getAttribute("href") === focused)?.focus();
  }

  /** drawer opens or closes the column where it lies over the messages. */
  drawer(open) {
    const sidebar = byID("sidebar");
    const was = sidebar.classList.contains("open");
    sidebar.classList.toggle("open", open);
    byID("scrim").hidden = !open;
    byID("sidebar-open").setAttribute("aria-expanded", String(open));
    if (open) byID("sidebar-close").focus();
    else if (was) byID("sidebar-open").focus();
  }

  #link(place, { name, bot, thread }, view) {
    const unread = view.unread.get(place) ?? 0;
    const current = place === view.place;
    return el("li", { class: thread ? "thread" : "" }, el("a", {
      href: `#${encodeURIComponent(place)}`, class: [current && "current", unread && "unread"].filter(Boolean).join(" "),
      "aria-current": current ? "page" : null,
      on: { click: (e) => { e.preventDefault(); this.#on.goTo(place); } },
    },
    bot ? el("span", { class: `presence ${bot.connected ? "online" : ""}` }, avatar(name, "small")) : icon(thread ? "thread" : "hash"),
    el("span", { class: "name", text: name }),
    bot && el("span", { class: "sr-only", text: bot.connected ? ", connected" : ", not connected" }),
    unread > 0 && el("span", { class: "badge" }, String(unread), el("span", { class: "sr-only", text: " unread" }))));
  }

  #form(formID, inputID, errorID, take) {
    byID(formID).addEventListener("submit", async (e) => {
      e.preventDefault();
      const input = byID(inputID);
      const error = await take(input.value.trim());
      byID(errorID).textContent = error;
      if (!error) input.value = "";
      else input.focus();
    });
  }

  #toggle(buttonID, panelID, focusID) {
    const open = byID(panelID).hidden;
    byID(panelID).hidden = !open;
    byID(buttonID).setAttribute("aria-expanded", String(open));
    if (open && focusID) byID(focusID).focus();
  }

  #close(buttonID, panelID) {
    byID(panelID).hidden = true;
    byID(buttonID).setAttribute("aria-expanded", "false");
  }

  #escape() {
    for (const [button, panel] of [["member-button", "member-menu"], ["channel-add", "channel-form"]]) {
      if (byID(panel).hidden) continue;
      this.#close(button, panel);
      byID(button).focus();
      return;
    }
    this.drawer(false);
  }
}
