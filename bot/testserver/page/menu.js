// The menu of a message or of its author: what can be done with it here, and
// the context menu commands that bots have registered.

import { el, icon } from "./dom.js";

const EMOJI = ["👍", "👎", "❤️", "😂", "🎉", "👀"];

/**
 * openMenu shows a menu at a point of the window. items are {label, run,
 * detail?, icon?} or {heading}; with react(emoji), a row of emoji stands
 * first. Arrow keys, Home and End move, Escape closes and gives the focus to
 * back.
 */
export function openMenu({ x, y, label, items, react, back }) {
  document.querySelector(".menu")?.remove();
  const menu = el("div", { class: "menu", role: "menu", "aria-label": label });
  const away = new AbortController();
  const close = (refocus) => {
    away.abort();
    menu.remove();
    if (refocus) back?.focus();
  };
  const entry = (props, run, ...children) => el("button", { type: "button", role: "menuitem", tabindex: "-1", ...props,
    on: { click: () => { close(true); run(); } } }, ...children);
  if (react) {
    menu.append(el("div", { class: "menu-emoji", role: "group", "aria-label": "React" },
      ...EMOJI.map((e) => entry({ class: "menu-react", "aria-label": `React with ${e}` }, () => react(e), e))));
  }
  for (const item of items) {
    menu.append(item.heading
      ? el("p", { class: "menu-heading", role: "presentation", text: item.heading })
      : entry({ class: "menu-item" }, item.run, el("span", { text: item.label }), item.detail && el("span", { class: "muted small", text: item.detail }), item.icon && icon(item.icon)));
  }
  menu.addEventListener("keydown", (e) => {
    const all = [...menu.querySelectorAll("button")];
    const at = all.indexOf(document.activeElement);
    const go = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: -1 };
    if (e.key in go) {
      e.preventDefault();
      all.at(go[e.key] % all.length).focus();
    } else if (e.key === "Escape" || e.key === "Tab") {
      e.preventDefault();
      e.stopPropagation();
      close(true);
    }
  });
  document.addEventListener("pointerdown", (e) => { if (!menu.contains(e.target)) close(false); }, { signal: away.signal });
  addEventListener("resize", () => close(false), { signal: away.signal });
  document.body.append(menu);
  const { width, height } = menu.getBoundingClientRect();
  menu.style.setProperty("left", `${Math.max(8, Math.min(x, innerWidth - width - 8))}px`);
  menu.style.setProperty("top", `${Math.max(8, Math.min(y, innerHeight - height - 8))}px`);
  menu.querySelector(".menu-item, button")?.focus();
}
