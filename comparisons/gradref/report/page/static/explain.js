// The explanation: heat maps of a large network, and folding.
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
  addEventListener("beforeprint", () => layers.forEach((d) => { d.open = true; }));
  addEventListener("keydown", (event) => { if (event.key === "Escape") G.tip(""); });
  const maps = await G.json("data-maps"); // a small network has none
  for (const place of maps ? document.querySelectorAll("[data-maps]") : []) {
    place.append(...place.dataset.maps.split(" ").map((i) => G.heatmap(maps[i].values, maps[i].rows, maps[i].columns, { ...maps[i], signed: true })));
  }
  reveal(); // now that nothing moves any more
  document.documentElement.dataset.ready = "true";
})();
