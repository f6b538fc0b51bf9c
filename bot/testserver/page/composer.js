// The message box: typing, suggestions for "@" and "/", replies, sending.

import { avatar, el, icon } from "./dom.js";
import { suggestionsFor } from "./commands.js";
import { nameOf } from "./message.js";

const LIMIT = 2000; // characters in a message, as Discord has it
const byID = (id) => document.getElementById(id);

export class Composer {
  #text = byID("composer-text");
  #list = byID("suggest-list");
  #on;
  #items = [];
  #active = -1;
  #reply = null;
  #chosen = new Map(); // "option=name" of a choice that the bot offered -> its value
  #asked = 0; // numbers the autocomplete questions, so that late answers are dropped
  #closed = false; // Escape was pressed; typing opens the list again

  /**
   * on: submit(text, {replyTo, ping, chosen}), which tells whether the text was
   * taken, vocabulary() for suggestionsFor,
   * complete(entry, text, option, value) -> choices, and up(), which moves to
   * the messages.
   */
  constructor(on) {
    this.#on = on;
    byID("composer").addEventListener("submit", (e) => { e.preventDefault(); this.#submit(); });
    this.#text.addEventListener("input", () => { this.#closed = false; this.error(""); this.#changed(); });
    this.#text.addEventListener("keydown", (e) => this.#key(e));
    this.#text.addEventListener("click", () => this.#suggest());
    this.#text.addEventListener("blur", () => this.#hide());
    this.#list.addEventListener("mousedown", (e) => e.preventDefault());
    this.#list.addEventListener("click", (e) => {
      const option = e.target.closest("[role=option]");
      if (option) this.#pick(Number(option.dataset.index));
    });
    byID("reply-cancel").addEventListener("click", () => { this.reply(null); this.focus(); });
  }

  get empty() { return this.#text.value.trim() === ""; }

  focus() { this.#text.focus(); }

  /** label tells where the message goes: "#general" or "@bot". */
  label(place) {
    byID("composer-label").textContent = `Message ${place}`;
    this.#text.placeholder = `Message ${place}`;
  }

  /** write replaces the text and puts the caret at its end. */
  write(text) {
    this.#text.value = text;
    this.#text.setSelectionRange(text.length, text.length);
    this.focus();
    this.#closed = false;
    this.#changed();
  }

  /** restore gives back a text that could not be sent, before whatever was typed since. */
  restore(text, error) {
    this.write(this.empty ? text : `${text}\n${this.#text.value}`);
    this.#hide();
    this.error(error);
  }

  error(sentence) { byID("composer-error").textContent = sentence; }

  /** reply makes the next message an answer to m; null takes that back. */
  reply(m) {
    this.#reply = m;
    byID("replying").hidden = !m;
    if (!m) return;
    byID("replying-to").textContent = nameOf(m.author);
    byID("reply-ping").checked = true;
    this.focus();
  }

  #changed() {
    this.#text.style.setProperty("height", "auto");
    this.#text.style.setProperty("height", `${this.#text.scrollHeight}px`);
    const left = LIMIT - [...this.#text.value].length;
    byID("composer-count").textContent = left < 200 ? String(left) : "";
    byID("composer-count").classList.toggle("over", left < 0);
    this.#suggest();
  }

  #submit() {
    const text = this.#text.value.trim();
    if (text === "") return;
    const reply = this.#reply && { replyTo: this.#reply.id, ping: byID("reply-ping").checked };
    if (!this.#on.submit(text, { ...reply, chosen: this.#chosen })) return;
    this.reply(null);
    this.#chosen = new Map();
    this.#text.value = "";
    this.#changed();
  }

  #key(e) {
    if (e.isComposing) return;
    const shown = this.#items.length > 0;
    if (shown && (e.key === "ArrowDown" || e.key === "ArrowUp")) {
      e.preventDefault();
      const n = this.#items.length;
      const step = e.key === "ArrowDown" ? 1 : -1;
      this.#select(this.#active < 0 ? (step > 0 ? 0 : n - 1) : (this.#active + step + n) % n);
    } else if (shown && e.key === "Tab" && !e.shiftKey) {
      e.preventDefault();
      this.#pick(Math.max(this.#active, 0));
    } else if (e.key === "Enter" && !e.shiftKey) {
      e.preventDefault();
      if (shown && this.#active >= 0) this.#pick(this.#active);
      else this.#submit();
    } else if (e.key === "Escape") {
      if (!byID("suggest").hidden) { this.#closed = true; this.#hide(); } else if (this.#reply) this.reply(null);
    } else if (e.key === "ArrowUp" && this.#text.value === "" && this.#on.up()) {
      e.preventDefault();
    } else if (e.key.startsWith("Arrow") || e.key === "Home" || e.key === "End") {
      requestAnimationFrame(() => this.#suggest());
    }
  }

  #suggest() {
    if (this.#closed || document.activeElement !== this.#text) return this.#hide();
    const text = this.#text.value;
    const found = suggestionsFor(text, this.#text.selectionStart, this.#on.vocabulary());
    const asked = ++this.#asked;
    if (!found) return this.#hide();
    this.#show(found);
    if (found.ask) this.#complete(found, text, asked);
  }

  async #complete(found, text, asked) {
    const { option, value, from, to } = found.ask;
    let choices;
    try {
      choices = await this.#on.complete(found.entry, text, option, value);
    } catch (err) {
      if (asked === this.#asked) this.#show({ ...found, head: `${found.head} — ${err.message}` });
      return;
    }
    if (asked !== this.#asked) return;
    const items = choices.map((c) => ({ label: c.name, detail: "", kind: "choice", from, to, insert: `${c.name} ` }));
    for (const c of choices) this.#chosen.set(`${option.name}=${c.name}`, c.value);
    this.#show({ ...found, items });
  }

  #show({ head, items, picks }) {
    this.#items = items;
    byID("suggest-head").textContent = head;
    this.#list.replaceChildren(...items.map((item, i) => el("div", {
      role: "option", id: `s-${i}`, class: "suggestion", "aria-selected": "false", data: { index: i },
    },
    item.kind === "bot" || item.kind === "member" ? avatar(item.label, "small") : null,
    el("span", { class: "suggestion-label", text: item.label }),
    item.kind === "required" && el("span", { class: "need", text: "required" }),
    item.detail && el("span", { class: "suggestion-detail", text: item.detail }),
    item.by && el("span", { class: "suggestion-by" }, icon("at"), item.by))));
    byID("suggest").hidden = false;
    const status = items.length ? `${head}. ${items.length} ${items.length === 1 ? "suggestion" : "suggestions"}, arrow keys choose, Tab takes.` : head;
    if (byID("suggest-status").textContent !== status) byID("suggest-status").textContent = status;
    this.#select(picks && items.length ? 0 : -1);
  }

  #hide() {
    this.#items = [];
    this.#active = -1;
    byID("suggest").hidden = true;
    byID("suggest-status").textContent = "";
    this.#text.removeAttribute("aria-activedescendant");
  }

  #select(index) {
    this.#list.children[this.#active]?.setAttribute("aria-selected", "false");
    this.#active = index;
    const option = this.#list.children[index];
    if (!option) return this.#text.removeAttribute("aria-activedescendant");
    option.setAttribute("aria-selected", "true");
    option.scrollIntoView({ block: "nearest" });
    this.#text.setAttribute("aria-activedescendant", option.id);
  }

  #pick(index) {
    const { from, to, insert } = this.#items[index];
    const rest = this.#text.value.slice(to);
    this.#text.value = this.#text.value.slice(0, from) + insert + (insert.endsWith(" ") ? rest.trimStart() : rest);
    this.#text.setSelectionRange(from + insert.length, from + insert.length);
    this.#changed();
  }
}
