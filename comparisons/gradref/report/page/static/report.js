// Links: #case=NAME&framework=torch&mode=eager&dtype=float32 opens a run, #card-... a disagreement, &only=disagreements filters.
(() => {
  const openCard = (id, scroll = true) => {
    const card = document.getElementById(id);
    if (!card?.classList.contains("card")) return false;
    document.querySelectorAll(".card.shown").forEach((c) => c.classList.remove("shown"));
    card.open = true;
    card.classList.add("shown");
    card.querySelector("summary").focus({ preventScroll: true });
    if (scroll) card.scrollIntoView({ block: "start" });
    return true;
  };
  const follow = async () => {
    const hash = decodeURIComponent(location.hash.slice(1));
    if (hash.startsWith("card-") && openCard(hash)) return;
    if (!location.hash.includes("=")) return;
    const wanted = new URLSearchParams(location.hash.slice(1).replace(/\+/g, "%2B"));
    if (wanted.get("only")) G.matrix.onlyFailures(true);
    if (!wanted.get("case")) return;
    const { case: name, only, ...run } = Object.fromEntries(wanted);
    if (await G.detail.show(name, run)) document.getElementById("detail").scrollIntoView({ block: "start" });
  };
  addEventListener("hashchange", follow);
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("a[href^='#']");
    if (link && link.hash === location.hash) follow(); // the same link again: hashchange would not fire
    const copy = event.target.closest?.("button.copy");
    if (!copy) return;
    const text = copy.parentElement.querySelector("pre").textContent;
    try { await navigator.clipboard.writeText(text); copy.textContent = "Copied"; } catch {
      getSelection().selectAllChildren(copy.parentElement.querySelector("code")); // no clipboard from a file: mark it instead
      copy.textContent = "Selected";
    }
    setTimeout(() => { copy.textContent = "Copy"; }, 1600);
  });
  addEventListener("beforeprint", () => document.querySelectorAll("details.card").forEach((d) => { d.open = true; }));
  addEventListener("keydown", (event) => { if (event.key === "Escape") G.tip(""); });

  // a named run at once; otherwise the nearest call, when the browser has time
  follow();
  if (!location.hash.includes("case=")) (window.requestIdleCallback ?? setTimeout)(() => G.detail.first());
  document.documentElement.dataset.ready = "true";
})();
