// Building elements without markup strings: text is always set as text.

/**
 * el makes an element. Keys of props: class, text, on (map of event to
 * listener), data (map for dataset); every other key is an attribute, where
 * true means present and false, null and undefined mean absent.
 */
export function el(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [key, value] of Object.entries(props)) {
    if (value === false || value === null || value === undefined) continue;
    if (key === "class") node.className = value;
    else if (key === "text") node.textContent = value;
    else if (key === "data") Object.assign(node.dataset, value);
    else if (key === "on") for (const [name, fn] of Object.entries(value)) node.addEventListener(name, fn);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined && c !== false));
  return node;
}

const SVG = "http://www.w3.org/2000/svg";

/** icon refers to one of the symbols drawn in index.html. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#i-${name}`);
  svg.append(use);
  return svg;
}

/** avatar is a disc with a name's initials, in a colour that the name keeps. */
export function avatar(name, size = "") {
  const words = name.split(/[^\p{L}\p{N}]+/u).filter(Boolean);
  const initials = words.length > 1 ? words[0][0] + words[1][0] : (words[0] ?? "?").slice(0, 2);
  let hash = 0;
  for (const ch of name) hash = (hash * 31 + ch.codePointAt(0)) >>> 0;
  return el("span", { class: `avatar hue-${hash % 8} ${size}`.trim(), "aria-hidden": "true", text: initials.toUpperCase() });
}

/**
 * rendered puts HTML that the server made from a message into a new element.
 * It is the only place where the page takes HTML from anywhere.
 */
export function rendered(html, className) {
  const node = el("div", { class: className });
  node.innerHTML = html;
  for (const link of node.querySelectorAll("a[href]")) {
    link.target = "_blank";
    link.rel = "noopener noreferrer";
  }
  // A message's headings stand below the page's own.
  for (const heading of node.querySelectorAll("h1, h2, h3")) heading.setAttribute("aria-level", String(Number(heading.tagName[1]) + 2));
  for (const spoiler of node.querySelectorAll(".spoiler")) {
    spoiler.replaceChildren(el("span", {}, ...spoiler.childNodes));
    spoiler.tabIndex = 0;
    spoiler.setAttribute("role", "button");
    spoiler.setAttribute("aria-label", "Spoiler, show it");
  }
  return node;
}

/** reveal shows a spoiler that was clicked or chosen by key; it tells whether there was one. */
export function reveal(target) {
  const spoiler = target.closest?.(".spoiler:not(.revealed)");
  if (!spoiler) return false;
  spoiler.classList.add("revealed");
  spoiler.removeAttribute("role");
  spoiler.removeAttribute("aria-label");
  return true;
}

const clock = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const day = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "long", year: "numeric" });
const full = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

/** Times in the reader's own zone and language. */
export const times = {
  clock: (iso) => clock.format(new Date(iso)),
  day: (iso) => day.format(new Date(iso)),
  full: (iso) => full.format(new Date(iso)),
  stamp(iso) {
    const today = day.format(new Date()) === day.format(new Date(iso));
    return today ? clock.format(new Date(iso)) : `${day.format(new Date(iso))}, ${clock.format(new Date(iso))}`;
  },
};
