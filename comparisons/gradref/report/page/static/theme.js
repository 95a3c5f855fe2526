// Light, dark or as the system: remembered where the browser allows it (a file opened from disk may have no storage).
(() => {
  const root = document.documentElement, order = ["system", "light", "dark"], signs = { system: "◐", light: "☀", dark: "☾" };
  let now = "system";
  try { now = localStorage.getItem("gradref-theme") || "system"; } catch { /* no storage: the system's choice */ }
  const apply = () => {
    if (now === "system") delete root.dataset.theme; else root.dataset.theme = now;
    const button = document.getElementById("theme");
    if (button) {
      button.textContent = signs[now];
      button.setAttribute("aria-label", `Colours: ${now === "system" ? "as the system" : now}`);
    }
    document.dispatchEvent(new Event("themechange"));
  };
  apply();
  document.addEventListener("DOMContentLoaded", () => {
    apply();
    document.getElementById("theme")?.addEventListener("click", () => {
      now = order[(order.indexOf(now) + 1) % order.length];
      try { localStorage.setItem("gradref-theme", now); } catch { /* forgotten when the page closes */ }
      apply();
    });
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
})();
