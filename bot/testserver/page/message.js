// One message as an article: reply line, author, content, embeds, components.

import { avatar, el, icon, rendered, times } from "./dom.js";
import { componentTree } from "./components.js";

const EPHEMERAL = 1 << 6;
const LOADING = 1 << 7;
const SYSTEM = { 6: "pinned a message.", 7: "joined the server.", 18: "started a thread." };

export const nameOf = (user) => user?.global_name || user?.username || "unknown";
export const isEphemeral = (m) => ((m.flags ?? 0) & EPHEMERAL) !== 0;

/**
 * messageView renders entry = {message, html, componentHTML, embedHTML,
 * error}. With
 * continued, the author stands above already and is shown to screen readers
 * only. actions: reply(m), react(m, emoji, remove), menu(m, x, y), dismiss(m),
 * jump(id), choose(m, customID, values, type), busy(m), choices(type),
 * nameByID(id), me (a name).
 */
export function messageView(entry, continued, actions) {
  const m = entry.message;
  const author = nameOf(m.author);
  const mine = (m.mentions ?? []).some((u) => u.username === actions.me) || m.mention_everyone;
  const above = replyLine(m, actions) ?? commandLine(m);
  const grouped = continued && !above;
  const node = el("article", {
    class: ["message", grouped ? "continued" : "start", mine && "mentioned", isEphemeral(m) && "ephemeral"].filter(Boolean).join(" "),
    id: `m-${m.id}`, tabindex: "-1", "aria-labelledby": `a-${m.id} c-${m.id}`,
  });
  if (above) node.append(above);
  node.append(el("div", { class: "gutter" }, grouped
    ? el("time", { class: "side-time", datetime: m.timestamp, "aria-hidden": "true", text: times.clock(m.timestamp) })
    : avatar(author)));
  const body = el("div", { class: "body" }, head(m, author, grouped), content(entry, m, actions));
  (m.embeds ?? []).forEach((embed, i) => body.append(embedView(embed, entry.embedHTML?.[i])));
  for (const file of m.attachments ?? []) body.append(attachment(file));
  if (m.components?.length) body.append(components(entry, m, actions));
  const last = body.lastElementChild;
  if (m.edited_timestamp && !((m.flags ?? 0) & LOADING)) {
    const mark = el("span", { class: "edited", title: times.full(m.edited_timestamp), text: "(edited)" });
    const line = last.matches(".markup") ? last.lastElementChild : null;
    (line?.matches("p, h1, h2, h3") ? line : last.matches(".markup") ? last : body).append(" ", mark);
  }
  if (m.reactions?.length) body.append(reactions(m, actions));
  if (entry.error) body.append(el("p", { class: "failed", role: "alert", text: entry.error }));
  if (isEphemeral(m)) body.append(ephemeralNote(() => actions.dismiss(m)));
  node.append(body, toolbar(m, author, actions));
  return node;
}

function head(m, author, hidden) {
  return el("header", { class: hidden ? "sr-only" : "head", id: `a-${m.id}` },
    el("span", { class: `author ${m.author?.bot ? "bot" : ""}`, text: author }),
    m.author?.bot && el("span", { class: "tag", text: "APP" }),
    el("time", { datetime: m.timestamp, title: times.full(m.timestamp), text: times.stamp(m.timestamp) }));
}

function content(entry, m, actions) {
  const id = `c-${m.id}`;
  if ((m.flags ?? 0) & LOADING) return el("div", { class: "thinking", id }, dots(), el("span", { text: `${nameOf(m.author)} is thinking…` }));
  if (SYSTEM[m.type]) return el("div", { class: "system", id, text: SYSTEM[m.type] });
  if (!m.content) return el("div", { class: "nothing", id });
  const node = entry.html === undefined ? el("div", { class: "markup plain", text: m.content }) : rendered(entry.html, "markup");
  node.id = id;
  for (const mention of node.querySelectorAll(".mention")) if (mention.textContent === `@${actions.me}`) mention.classList.add("me");
  return node;
}

function replyLine(m, actions) {
  if (m.type !== 19 && !m.referenced_message && !m.message_reference?.message_id) return null;
  const ref = m.referenced_message;
  if (!ref) return el("div", { class: "above" }, el("span", { class: "muted", text: "The original message was deleted" }));
  const excerpt = (ref.content || (ref.components?.length ? "See the message" : "")).replace(/\s+/g, " ").slice(0, 160);
  return el("div", { class: "above" },
    avatar(nameOf(ref.author), "tiny"),
    el("button", { type: "button", class: "above-link", on: { click: () => actions.jump(ref.id) } },
      el("span", { class: "sr-only", text: "In reply to " }),
      el("span", { class: "author", text: nameOf(ref.author) }), el("span", { class: "excerpt", text: plain(excerpt, actions.nameByID) })));
}

// plain takes the most common marks out of a one-line excerpt.
function plain(text, nameByID) {
  return text.replace(/<@!?(\d+)>/g, (whole, id) => `@${nameByID(id) ?? "unknown"}`).replace(/[*_~|]{2,}|`|^#+ |^> |^-# /g, "");
}

function commandLine(m) {
  const from = m.interaction_metadata ?? m.interaction;
  if (!from?.user || m.type === 19) return null;
  const name = m.interaction?.name ?? from.name;
  if (!name) return null;
  return el("div", { class: "above" }, avatar(nameOf(from.user), "tiny"),
    el("span", {}, el("span", { class: "author", text: nameOf(from.user) }), " used ", el("span", { class: "command", text: m.type === 23 ? name : `/${name}` })));
}

function components(entry, m, actions) {
  return componentTree(m.components, {
    html: (c, path) => entry.componentHTML?.[c.id] ?? entry.componentHTML?.[path],
    choose: (customID, values, type) => actions.choose(m, customID, values, type),
    busy: actions.busy(m),
    choices: actions.choices,
  });
}

function embedView(e, html = {}) {
  const box = el("div", { class: "embed" });
  if (Number.isInteger(e.color)) box.style.setProperty("--accent", `#${e.color.toString(16).padStart(6, "0")}`);
  const title = e.url && /^https?:/i.test(e.url)
    ? el("a", { class: "embed-title", href: e.url, target: "_blank", rel: "noopener noreferrer", text: e.title ?? e.url })
    : e.title && el("strong", { class: "embed-title", text: e.title });
  box.append(...[
    e.author?.name && el("span", { class: "embed-author", text: e.author.name }), title,
    e.description && marked(html.description, e.description),
    e.fields?.length && el("dl", { class: "embed-fields" }, ...e.fields.map((f, i) => el("div", { class: f.inline ? "inline" : "" },
      el("dt", { text: f.name }), el("dd", {}, marked(html.fields?.[i]?.value, f.value))))),
    e.image?.url && picture(e.image.url),
    e.footer?.text && el("small", { class: "embed-footer", text: e.footer.text }),
  ].filter(Boolean));
  return box;
}

/** picture shows an image that this server serves; others are only named, for the page asks nobody else. */
function picture(url) {
  if (!url.startsWith(`${location.origin}/`)) return el("span", { class: "file", text: url.replace(/^.*\//, "") });
  return el("img", { class: "picture", src: url, alt: "", loading: "lazy" });
}

const marked = (html, text) => (html ? rendered(html, "markup") : el("div", { class: "markup plain", text }));

function attachment(file) {
  const size = file.size ? ` · ${Math.max(1, Math.round(file.size / 1024))} KB` : "";
  const local = file.url?.startsWith(`${location.origin}/`);
  if (local && /^image\/(png|jpeg|gif|webp)$/.test(file.content_type ?? "")) {
    return el("a", { class: "picture", href: file.url, target: "_blank", rel: "noopener noreferrer" },
      el("img", { src: file.url, alt: file.description || file.filename, loading: "lazy" }));
  }
  return local ? el("a", { class: "file", href: file.url, text: `${file.filename}${size}` }) : el("span", { class: "file", text: `${file.filename}${size}` });
}

function reactions(m, actions) {
  return el("div", { class: "reactions" }, ...m.reactions.map((r) => el("button", {
    type: "button", class: "reaction", "aria-pressed": r.me ? "true" : "false", "aria-label": `${r.emoji.name}, ${r.count}`,
    on: { click: () => actions.react(m, r.emoji.name, r.me) },
  }, el("span", { text: r.emoji.name }), el("span", { class: "reaction-count", text: String(r.count) }))));
}

function toolbar(m, author, actions) {
  const bar = el("div", { class: "tools" });
  if (!isEphemeral(m)) {
    bar.append(el("button", { type: "button", class: "icon-button", tabindex: "-1", title: "Reply (R)", "aria-label": `Reply to ${author}`, on: { click: () => actions.reply(m) } }, icon("reply")));
    bar.append(el("button", { type: "button", class: "icon-button", tabindex: "-1", title: "More (M)", "aria-label": `More on the message of ${author}`, "aria-haspopup": "menu",
      on: { click: (e) => { const r = e.currentTarget.getBoundingClientRect(); actions.menu(m, r.left, r.bottom); } } }, icon("more")));
  }
  return bar;
}

function ephemeralNote(dismiss) {
  return el("p", { class: "only-you" }, icon("eye"), "Only you can see this · ",
    el("button", { type: "button", class: "link-button", text: "Dismiss message", on: { click: dismiss } }));
}

/** dots are three moving points: somebody is at work. */
export function dots() {
  return el("span", { class: "dots", "aria-hidden": "true" }, el("i"), el("i"), el("i"));
}

/**
 * pendingView renders what the person did and the server has not answered:
 * {kind: "message"|"command", author, text, bot, error, at}.
 */
export function pendingView(p, continued, dismiss) {
  const name = p.kind === "command" ? p.bot : p.author;
  const node = el("article", { class: `message pending ${continued ? "continued" : "start"} ${p.error ? "ephemeral" : ""}`, id: `p-${p.key}`, tabindex: "-1" });
  if (p.kind === "command") {
    node.append(el("div", { class: "above" }, avatar(p.author, "tiny"),
      el("span", {}, el("span", { class: "author", text: p.author }), " used ", el("span", { class: "command", text: p.text }))));
  }
  const body = el("div", { class: "body" });
  if (!continued) {
    body.append(el("header", { class: "head" }, el("span", { class: "author", text: name }),
      p.kind === "command" && el("span", { class: "tag", text: "APP" }), el("time", { text: times.clock(p.at) })));
  }
  if (p.error) {
    body.append(el("p", { class: "failed", role: "alert", text: p.error }), ephemeralNote(dismiss));
  } else if (p.kind === "command") {
    body.append(el("div", { class: "thinking" }, dots(), el("span", { text: "Sending command…" })));
  } else {
    body.append(el("div", { class: "markup plain", text: p.text }));
  }
  node.append(el("div", { class: "gutter" }, continued ? null : avatar(name)), body);
  return node;
}
