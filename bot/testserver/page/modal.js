// A bot's modal as a dialog: text inputs and string selects, with their labels.

import { el } from "./dom.js";

/**
 * openModal shows modal, the data of a modal response. send(values) posts
 * them, a map of custom id to text or list of texts, and returns a promise of
 * an error or "".
 */
export function openModal(modal, botName, send) {
  const fields = [];
  const form = el("form", { method: "dialog" },
    el("h2", { id: "modal-title", text: modal.title }),
    el("p", { class: "muted small", text: `This form goes to ${botName}.` }),
    ...(modal.components ?? []).map((c) => part(c, fields)));
  const error = el("p", { class: "form-error", role: "alert" });
  const dialog = el("dialog", { class: "modal", "aria-labelledby": "modal-title" }, form);
  form.append(error, el("div", { class: "row" },
    el("button", { type: "button", class: "button secondary", text: "Cancel", on: { click: () => dialog.close() } }),
    el("button", { type: "submit", class: "button primary", text: "Submit" })));
  form.addEventListener("submit", async (e) => {
    e.preventDefault();
    error.textContent = await send(Object.fromEntries(fields.map((f) => [f.id, f.value()])));
    if (!error.textContent) dialog.close();
  });
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

function part(c, fields) {
  if (c.type === 1) return el("div", {}, ...(c.components ?? []).map((child) => field(child, child.label, "", fields)));
  if (c.type === 18) return field(c.component, c.label, c.description, fields);
  if (c.type === 10) return el("p", { class: "markup plain", text: c.content });
  return el("p", { class: "unknown", text: `A component of type ${c.type}, which this page does not draw.` });
}

function field(c, label, description, fields) {
  const control = c.type === 4 ? textInput(c) : c.type === 3 ? selectInput(c) : null;
  if (!control) return el("p", { class: "unknown", text: `A component of type ${c.type}, which this page does not draw.` });
  fields.push({ id: c.custom_id, value: () => (c.type === 4 ? control.value : [...control.selectedOptions].map((o) => o.value).filter(Boolean)) });
  return el("label", { class: "modal-field" },
    el("strong", { text: label || c.custom_id }), description && el("span", { class: "muted small", text: description }), control);
}

function textInput(c) {
  const rules = { required: c.required !== false, minlength: c.min_length, maxlength: c.max_length ?? 4000, placeholder: c.placeholder };
  const control = c.style === 2 ? el("textarea", { rows: "4", ...rules }) : el("input", { type: "text", ...rules });
  control.value = c.value ?? "";
  return control;
}

function selectInput(c) {
  const many = (c.max_values ?? 1) > 1;
  const control = el("select", { required: c.required !== false, multiple: many });
  if (!many) control.append(el("option", { value: "", text: c.placeholder || "Choose" }));
  for (const o of c.options ?? []) control.append(el("option", { value: o.value, selected: o.default === true, text: o.label }));
  return control;
}
