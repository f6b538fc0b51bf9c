// Light or dark: the system's choice until the person makes another.

/** startTheme applies the kept choice and makes button switch it. */
export function startTheme(button) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (document.documentElement.dataset.theme ?? (system.matches ? "dark" : "light")) === "dark";
  const label = () => {
    button.setAttribute("aria-label", dark() ? "Use the light theme" : "Use the dark theme");
    button.querySelector("use").setAttribute("href", dark() ? "#i-sun" : "#i-moon");
  };
  const kept = localStorage.getItem("theme");
  if (kept === "light" || kept === "dark") document.documentElement.dataset.theme = kept;
  system.addEventListener("change", label);
  button.addEventListener("click", () => {
    const next = dark() ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    localStorage.setItem("theme", next);
    label();
  });
  label();
}
