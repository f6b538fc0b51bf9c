// The messages of one channel on screen: order, groups, edits in place, and a
// scroll position that only moves when the reader is at the end.

import { el, reveal, times } from "./dom.js";
import { isEphemeral, messageView, pendingView } from "./message.js";

const GROUP = 7 * 60 * 1000; // a pause after which the author is named again, in milliseconds
const KEEP = 1000; // messages on screen, as many as a channel of the server keeps
const NEAR = 48; // pixels from the end that still count as being at the end

/** older orders snowflakes: they are decimal numbers of up to 20 digits. */
const older = (a, b) => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

export class Timeline {
  #scroller; #log; #jump; #actions;
  #entries = new Map(); // message id -> {message, html, componentHTML, embedHTML, error}
  #dirty = new Map(); // message id -> whether it is new: what is still to be drawn
  #pending = []; // what the server has not answered yet, see pendingView
  #busy = new Map(); // message id -> set of custom ids
  #dismissed = new Set();
  #atEnd = true;
  #nextKey = 1;

  /** elements: {scroller, log, jump}; actions: see messageView, without dismiss, jump and busy. */
  constructor({ scroller, log, jump }, actions) {
    this.#scroller = scroller;
    this.#log = log;
    this.#jump = jump;
    this.#actions = { ...actions, dismiss: (m) => this.dismiss(m.id), jump: (id) => this.jumpTo(id), busy: (m) => this.#busy.get(m.id) ?? new Set() };
    scroller.addEventListener("scroll", () => this.#scrolled(), { passive: true });
    jump.addEventListener("click", () => this.toEnd());
    const resized = new ResizeObserver(() => { if (this.#atEnd) this.toEnd(); });
    resized.observe(scroller);
    resized.observe(log);
    log.addEventListener("click", (e) => reveal(e.target));
    log.addEventListener("keydown", (e) => this.#key(e));
    log.addEventListener("contextmenu", (e) => this.#menu(e));
  }

  set me(name) { this.#actions.me = name; }
  get size() { return this.#entries.size + this.#pending.length; }
  message(id) { return this.#entries.get(id)?.message; }

  /** show replaces everything with the entries of a channel. */
  show(entries) {
    this.#pending = this.#pending.filter((p) => !p.id);
    this.#entries = new Map(entries.filter((e) => !this.#dismissed.has(e.message.id)).map((e) => [e.message.id, e]));
    this.#busy.clear();
    this.#redraw();
  }

  clear() {
    this.#pending = [];
    this.#atEnd = true;
    this.#log.setAttribute("aria-busy", "true");
    this.show([]);
  }

  /** loaded tells screen readers that the history is complete, and goes to its end. */
  loaded() {
    this.#log.removeAttribute("aria-busy");
    if (this.#atEnd) this.toEnd();
  }

  /** put adds a message or replaces it in place. */
  put(entry) {
    const { id } = entry.message;
    if (this.#dismissed.has(id)) return;
    const known = this.#entries.get(id);
    this.#entries.set(id, known ? { ...known, error: undefined, ...entry } : entry);
    this.#dirty.set(id, this.#dirty.get(id) || !known);
    if (this.#dirty.size === 1) setTimeout(() => this.#flush(), 0);
  }

  // flush draws what has come since the last time, all at once: a crowd writes
  // faster than a screen can be laid out.
  #flush() {
    const dirty = this.#dirty;
    this.#dirty = new Map();
    const ids = [...dirty.keys()].filter((id) => this.#entries.has(id)).sort(older).slice(-KEEP);
    this.#keepPlace(() => {
      for (const id of ids) this.#place(id);
      const all = this.#log.querySelectorAll(".message:not(.pending)");
      const surplus = Math.max(0, all.length - KEEP);
      for (const node of [...all].slice(0, surplus)) node.remove();
    }, [...dirty.values()].some(Boolean));
    if (this.#entries.size > KEEP) {
      for (const id of [...this.#entries.keys()].sort(older).slice(0, -KEEP)) this.#entries.delete(id);
    }
  }

  remove(id) {
    if (!this.#entries.delete(id)) return;
    this.#keepPlace(() => {
      const node = this.#node(id);
      const next = node?.nextElementSibling;
      node?.remove();
      if (next?.id.startsWith("m-")) this.#place(next.id.slice(2));
    });
  }

  dismiss(id) {
    this.#dismissed.add(id);
    this.remove(id);
  }

  /** waiting marks a component as waiting for its bot, or no longer. */
  waiting(id, customID, on) {
    const set = this.#busy.get(id) ?? new Set();
    if (on) set.add(customID); else set.delete(customID);
    this.#busy.set(id, set);
    const entry = this.#entries.get(id);
    if (!entry) return;
    if (on) entry.error = undefined;
    this.#keepPlace(() => this.#place(id));
  }

  /** fail writes an error in red under a message. */
  fail(id, error) {
    const entry = this.#entries.get(id);
    if (!entry) return;
    entry.error = error;
    this.#keepPlace(() => this.#place(id));
  }

  /** expect shows something sent before the server has answered; the key names it later. */
  expect(pending) {
    const p = { ...pending, key: this.#nextKey++, at: new Date().toISOString() };
    this.#pending.push(p);
    this.#atEnd = true;
    this.#keepPlace(() => this.#drawPending());
    return p.key;
  }

  /** accept tells the id under which a pending message will come back. */
  accept(key, id) {
    if (this.#entries.has(id)) return this.settle(key);
    const p = this.#pending.find((x) => x.key === key);
    if (p) p.id = id;
  }

  /** arrived takes away the pending message that came back as id. */
  arrived(id) {
    const p = this.#pending.find((x) => x.id === id) ?? this.#pending.find((x) => x.kind === "message" && !x.id);
    if (p) this.settle(p.key);
  }

  /** settle takes a pending item away. */
  settle(key) {
    const i = this.#pending.findIndex((p) => p.key === key);
    if (i < 0) return;
    this.#pending.splice(i, 1);
    this.#keepPlace(() => this.#drawPending());
  }

  /** refuse writes an error under a pending item and tells whether it was there. */
  refuse(key, error) {
    const p = this.#pending.find((x) => x.key === key);
    if (!p) return false;
    p.error = error;
    this.#keepPlace(() => this.#drawPending());
    return true;
  }

  toEnd() {
    this.#atEnd = true;
    this.#jump.hidden = true;
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
  }

  jumpTo(id) {
    const node = this.#node(id);
    if (!node) return;
    node.scrollIntoView({ block: "center" });
    node.focus({ preventScroll: true });
    node.classList.remove("flash");
    requestAnimationFrame(() => node.classList.add("flash"));
  }

  /** focusLast moves the keyboard to the newest message and tells whether there is one. */
  focusLast() {
    const last = [...this.#log.querySelectorAll(".message")].at(-1);
    last?.focus();
    return Boolean(last);
  }

  #node(id) { return document.getElementById(`m-${id}`); }

  #scrolled() {
    const s = this.#scroller;
    this.#atEnd = s.scrollHeight - s.scrollTop - s.clientHeight < NEAR;
    if (this.#atEnd) this.#jump.hidden = true;
  }

  // keepPlace runs change so that the reader's lines stay where they are.
  #keepPlace(change, news = false) {
    const s = this.#scroller;
    const top = s.getBoundingClientRect().top;
    const anchor = this.#atEnd ? null : [...this.#log.children].find((n) => n.getBoundingClientRect().bottom > top);
    const [anchorID, was] = anchor ? [anchor.id, anchor.getBoundingClientRect().top] : ["", 0];
    change();
    if (this.#atEnd) return this.toEnd();
    const now = anchorID && document.getElementById(anchorID);
    if (now) s.scrollTop += now.getBoundingClientRect().top - was;
    if (news) this.#jump.hidden = false;
  }

  #redraw() {
    const ids = [...this.#entries.keys()].sort(older);
    this.#keepPlace(() => {
      this.#log.replaceChildren();
      for (const id of ids) this.#place(id, false);
      this.#drawPending();
    });
  }

  // place draws one message where its id belongs, and again the one after it
  // when its group may have changed.
  #place(id, again = true) {
    const entry = this.#entries.get(id);
    const old = this.#node(id);
    let before = old ? old.nextElementSibling : this.#log.querySelector(".pending");
    if (!old) {
      let last = before ? before.previousElementSibling : this.#log.lastElementChild;
      for (; last && older(last.id.slice(2), id) > 0; last = last.previousElementSibling) before = last;
    }
    const focus = old?.contains(document.activeElement) ? document.activeElement : null;
    old?.remove();
    const previous = before ? before.previousElementSibling : this.#log.lastElementChild;
    const above = previous ? this.#entries.get(previous.id.slice(2)) : undefined;
    const node = messageView(entry, continues(above, entry), this.#actions);
    if (!above || times.day(above.message.timestamp) !== times.day(entry.message.timestamp)) node.prepend(dayLine(entry.message.timestamp));
    this.#log.insertBefore(node, before);
    if (focus) this.#refocus(node, focus);
    if (!again || old) return;
    if (before?.id.startsWith("m-")) this.#place(before.id.slice(2), false);
    else if (before) this.#drawPending();
  }

  #refocus(node, focus) {
    const id = focus.dataset?.customId;
    const same = id && [...node.querySelectorAll("[data-custom-id]")].find((n) => n.dataset.customId === id);
    (same || node).focus({ preventScroll: true });
  }

  #drawPending() {
    for (const node of this.#log.querySelectorAll(".pending")) node.remove();
    const last = this.#log.lastElementChild;
    let author = last?.id.startsWith("m-") ? this.#entries.get(last.id.slice(2)).message.author?.username : "";
    for (const p of this.#pending) {
      const continued = p.kind === "message" && author === p.author;
      this.#log.append(pendingView(p, continued, () => this.settle(p.key)));
      author = p.kind === "message" ? p.author : "";
    }
  }

  // Inside the log, arrows, Home and End go from message to message, R
  // replies, M opens the menu and Escape goes back to the composer.
  #key(e) {
    if (e.target === this.#log && (e.key === "ArrowUp" || e.key === "End") && this.focusLast()) return e.preventDefault();
    const at = e.target.closest(".message");
    if (!at || e.ctrlKey || e.metaKey || e.altKey) return;
    if ((e.key === "Enter" || e.key === " ") && reveal(e.target)) return e.preventDefault();
    if (e.key === "Escape") return this.#actions.leave();
    if (e.target !== at) return;
    const all = [...this.#log.querySelectorAll(".message")];
    const go = { ArrowUp: all[all.indexOf(at) - 1], ArrowDown: all[all.indexOf(at) + 1], Home: all[0], End: all.at(-1) };
    if (e.key in go) {
      e.preventDefault();
      if (go[e.key]) go[e.key].focus();
      else if (e.key === "ArrowDown") this.#actions.leave();
    } else if (/^[rRmM]$/.test(e.key)) {
      const m = this.message(at.id.slice(2));
      if (!m || isEphemeral(m)) return;
      e.preventDefault();
      const box = at.getBoundingClientRect();
      if (e.key === "r" || e.key === "R") this.#actions.reply(m);
      else this.#actions.menu(m, box.left + 72, box.top + 24);
    }
  }

  // A right click, or the menu key, opens the menu of a message; over a link
  // or marked text the browser's own comes.
  #menu(e) {
    const at = e.target.closest(".message");
    const m = at && this.message(at.id.slice(2));
    if (!m || isEphemeral(m) || e.target.closest("a, input, textarea") || String(getSelection())) return;
    e.preventDefault();
    const box = at.getBoundingClientRect();
    this.#actions.menu(m, e.clientX || box.left + 72, e.clientY || box.top + 24);
  }
}

function continues(above, entry) {
  if (!above) return false;
  const a = above.message, b = entry.message;
  return times.day(a.timestamp) === times.day(b.timestamp) && a.author?.id === b.author?.id && isEphemeral(a) === isEphemeral(b) && Date.parse(b.timestamp) - Date.parse(a.timestamp) < GROUP;
}

function dayLine(iso) {
  return el("div", { class: "day" }, el("span", { text: times.day(iso) }));
}
