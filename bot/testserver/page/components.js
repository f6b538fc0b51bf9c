// Message components: rows, buttons, selects, and the nested Components V2.

import { el, icon, rendered } from "./dom.js";

const STYLES = { 1: "primary", 2: "secondary", 3: "success", 4: "danger", 5: "link", 6: "secondary" };
const SELECTS = { 3: "Make a selection", 5: "Select a member", 6: "Select a role", 7: "Select a member or role", 8: "Select a channel" };

/**
 * componentTree renders a message's components. context has
 * html(component, path): the server's HTML for a text display, or undefined;
 * choose(customID, values): what happens on a click or a selection;
 * busy: custom ids waiting for the bot; choices(type): the values an entity
 * select offers, as {label, value}.
 */
export function componentTree(components, context) {
  const tree = el("div", { class: "components" });
  components.forEach((c, i) => tree.append(component(c, context, `${i}`)));
  return tree;
}

function component(c, context, path) {
  const children = () => (c.components ?? []).map((child, i) => component(child, context, `${path}.${i}`));
  switch (c.type) {
    case 1:
      return el("div", { class: "row" }, ...children());
    case 2:
      return button(c, context);
    case 3: case 5: case 6: case 7: case 8:
      return select(c, context);
    case 9:
      return el("div", { class: "section" },
        el("div", { class: "section-text" }, ...children()),
        c.accessory && el("div", { class: "accessory" }, component(c.accessory, context, `${path}.accessory`)));
    case 10:
      return text(c, context, path);
    case 11:
      return media(c.media, c.description, c.spoiler);
    case 12:
      return el("div", { class: "gallery" }, ...(c.items ?? []).map((item) => media(item.media, item.description, item.spoiler)));
    case 13:
      return media(c.file, c.name, c.spoiler);
    case 14:
      return el("div", { class: `separator ${c.spacing === 2 ? "wide" : ""} ${c.divider === false ? "bare" : ""}`, role: c.divider === false ? null : "separator" });
    case 17: {
      const box = el("div", { class: "container" }, ...children());
      if (Number.isInteger(c.accent_color)) {
        box.classList.add("accented");
        box.style.setProperty("--accent", `#${c.accent_color.toString(16).padStart(6, "0")}`);
      }
      return box;
    }
    default:
      return el("p", { class: "unknown", text: `A component of type ${c.type}, which this page does not draw.` });
  }
}

function text(c, context, path) {
  const html = context.html(c, path);
  if (html !== undefined) return rendered(html, "markup");
  return el("div", { class: "markup plain", text: c.content ?? "" });
}

// media shows a picture of this server's, and names every other file instead
// of loading it: the page makes no outside request.
function media(item, description, spoiler) {
  if (!spoiler && item?.url?.startsWith(`${location.origin}/`) && /\.(png|jpe?g|gif|webp)$/i.test(item.url)) {
    return el("img", { class: "picture", src: item.url, alt: description || "", loading: "lazy" });
  }
  const name = description || (item?.url ?? "").replace(/^.*\//, "") || "file";
  return el("span", { class: "file", text: spoiler ? `${name} (spoiler)` : name });
}

function emoji(e) {
  if (!e) return null;
  return el("span", { class: "emoji", text: e.id ? `:${e.name}:` : e.name });
}

function button(c, context) {
  const style = STYLES[c.style] ?? "secondary";
  if (c.style === 5) {
    const safe = /^(https?|discord):/i.test(c.url ?? "");
    return el("a", { class: "button link", href: safe ? c.url : null, target: "_blank", rel: "noopener noreferrer" },
      emoji(c.emoji), c.label ?? "", icon("out"), el("span", { class: "sr-only", text: " (opens in a new tab)" }));
  }
  const busy = context.busy.has(c.custom_id);
  return el("button", {
    type: "button", class: `button ${style}`, disabled: c.disabled === true, "aria-busy": busy ? "true" : null,
    data: { customId: c.custom_id ?? "" },
    on: { click: () => { if (!context.busy.has(c.custom_id)) context.choose(c.custom_id, undefined, c.type); } },
  }, emoji(c.emoji), el("span", { class: "label", text: c.label ?? (c.emoji ? "" : "Button") }));
}

// select is a disclosure with a button for each option; with more than one
// value to choose, the options are boxes to tick and one button sends them.
function select(c, context) {
  const options = c.type === 3 ? c.options ?? [] : context.choices(c.type);
  const max = c.max_values ?? 1;
  const chosen = options.filter((o) => o.default);
  const title = chosen.length ? chosen.map((o) => o.label).join(", ") : c.placeholder || SELECTS[c.type];
  const busy = context.busy.has(c.custom_id);
  if (c.disabled) return el("div", { class: "select disabled", "aria-disabled": "true" }, el("span", { class: "summary", text: title }));
  const details = el("details", { class: "select", "aria-busy": busy ? "true" : null });
  details.append(el("summary", { data: { customId: c.custom_id ?? "" } }, el("span", { text: title }), icon("down")));
  details.addEventListener("keydown", (e) => {
    if (e.key === "Escape" && details.open) {
      e.stopPropagation();
      details.open = false;
      details.querySelector("summary").focus();
    }
  });
  const send = (values) => {
    details.open = false;
    context.choose(c.custom_id, values, c.type);
  };
  details.append(max > 1 ? boxes(c, options, send) : singles(options, send));
  return details;
}

function singles(options, send) {
  return el("ul", { class: "options" }, ...options.map((o) => el("li", {},
    el("button", { type: "button", class: "option", "aria-current": o.default ? "true" : null, on: { click: () => send([o.value]) } }, optionText(o)))));
}

function boxes(c, options, send) {
  const form = el("form", { class: "options" });
  for (const o of options) {
    form.append(el("label", { class: "option" }, el("input", { type: "checkbox", value: o.value, checked: o.default === true }), optionText(o)));
  }
  const min = c.min_values ?? 1;
  const note = el("p", { class: "form-error", role: "alert" });
  form.append(note, el("button", { type: "submit", class: "button primary", text: "Done" }));
  form.addEventListener("submit", (e) => {
    e.preventDefault();
    const values = [...form.querySelectorAll("input:checked")].map((i) => i.value);
    if (values.length < min || values.length > c.max_values) {
      note.textContent = min === c.max_values ? `Choose ${min}.` : `Choose ${min} to ${c.max_values}.`;
      return;
    }
    send(values);
  });
  return form;
}

function optionText(o) {
  return el("span", { class: "option-text" },
    el("span", { class: "option-label" }, emoji(o.emoji), o.label),
    o.description && el("span", { class: "option-detail", text: o.description }));
}
