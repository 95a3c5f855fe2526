// The explanation: heat maps of a large network when they come near the window, and folding.
(async () => {
  const fold = document.getElementById("fold"), layers = [...document.querySelectorAll("details.layer")];
  fold.addEventListener("click", () => {
    const open = layers.some((d) => d.open);
    layers.forEach((d) => { d.open = !open; });
    fold.textContent = open ? "Unfold all layers" : "Fold all layers";
  });
  const reveal = () => { // a link into a folded layer opens it
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const layer = target?.closest("details.layer");
    if (layer) { layer.open = true; target.scrollIntoView(); }
  };
  addEventListener("hashchange", reveal);
  reveal();
  addEventListener("beforeprint", () => layers.forEach((d) => { d.open = true; }));
  addEventListener("keydown", (event) => { if (event.key === "Escape") G.tip(""); });
  const maps = await G.json("data-maps");
  const places = [...document.querySelectorAll("[data-maps]")];
  const draw = (place) => { if (!place.childElementCount) place.append(...place.dataset.maps.split(" ").map((i) => G.heatmap(maps[i].values, maps[i].rows, maps[i].columns, { ...maps[i], signed: true }))); };
  const seen = new IntersectionObserver((entries) => entries.forEach((e) => { if (e.isIntersecting) { seen.unobserve(e.target); draw(e.target); } }), { rootMargin: "600px" });
  if (maps) { places.forEach((p) => seen.observe(p)); addEventListener("beforeprint", () => places.forEach(draw)); }
  document.documentElement.dataset.ready = "true";
})();
