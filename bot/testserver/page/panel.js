// The panels at the right of the messages; one of them is open at a time.

const open = [];

/**
 * panel makes button open and close an element that has a close button of
 * class panel-close. shown(yes) is told of either, after the fact; focus is
 * what the keyboard goes to.
 */
export function panel(button, element, focus, shown) {
  const show = (yes, refocus = true) => {
    if (yes) for (const other of open) if (other.element !== element) other.show(false, false);
    if (element.hidden === !yes) return;
    element.hidden = !yes;
    button.setAttribute("aria-expanded", String(yes));
    shown(yes);
    if (yes) focus().focus();
    else if (refocus) button.focus();
  };
  open.push({ element, show });
  button.addEventListener("click", () => show(element.hidden));
  element.querySelector(".panel-close").addEventListener("click", () => show(false));
  element.addEventListener("keydown", (e) => { if (e.key === "Escape") show(false); });
}
