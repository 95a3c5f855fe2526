// Heat maps on canvas: hover, arrow keys, a sentence for screen readers. Two kinds: shares of an allowance, and signed values.
(() => {
  const dark = () => getComputedStyle(document.documentElement).colorScheme.startsWith("dark") ||
    (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
  const mix = (a, b, t) => a.map((v, i) => Math.round(v + (b[i] - v) * t));
  const shareColour = (x) => {
    const [low, high, red, deep] = dark() ? [[24, 34, 46], [140, 200, 250], [190, 50, 42], [255, 140, 130]] : [[243, 248, 252], [22, 86, 140], [216, 70, 60], [120, 10, 10]];
    if (!(x <= 1)) return mix(red, deep, Math.min(1, Math.log10(Math.max(x, 1)) / 6 || 1));
    return mix(low, high, Math.sqrt(x));
  };
  const signedColour = (x, most) => {
    const paper = dark() ? [24, 29, 35] : [250, 250, 250], t = Math.sqrt(Math.min(1, Math.abs(x) / (most || 1)));
    return mix(paper, x < 0 ? (dark() ? [240, 130, 90] : [190, 70, 20]) : dark() ? [110, 180, 250] : [20, 90, 160], Number.isFinite(x) ? t : 1);
  };
  const drawn = [];

  // values: row-major numbers; options: {title, words, signed, cell}
  G.heatmap = (values, rows, columns, { title, words = "", signed = false, cell = 0 }) => {
    const size = cell || Math.max(6, Math.min(16, Math.floor(300 / Math.max(rows, columns))));
    let worst = 0, most = 0;
    values.forEach((v, i) => { const m = Math.abs(v); if (!(m <= Math.abs(values[worst]))) worst = i; if (m > most && m < Infinity) most = m; });
    const at = (i) => `row ${Math.floor(i / columns) + 1}, column ${(i % columns) + 1}`;
    const say = (i) => `${title} ${at(i)}: ${signed ? G.number(values[i]) : `${G.share(values[i] === Infinity ? "∞" : values[i])} of the allowance`}`;
    const canvas = G.el("canvas", { width: columns, height: rows, tabindex: "0", role: "img", style: `width:${columns * size}px;height:${Math.max(rows * size, 14)}px`,
      "aria-label": `${title}, ${rows} by ${columns}. ${signed ? "Largest in size" : "Worst"}: ${say(worst)}. Arrow keys move inside.` });
    const paint = () => {
      const context = canvas.getContext("2d"), image = context.createImageData(columns, rows);
      values.forEach((v, i) => { image.data.set([...(signed ? signedColour(v, most) : shareColour(v)), 255], 4 * i); });
      context.putImageData(image, 0, 0);
    };
    paint();
    drawn.push(new WeakRef(paint));
    canvas.paint = paint; // keeps it alive as long as the canvas
    let here = worst;
    canvas.addEventListener("pointermove", (event) => {
      const box = canvas.getBoundingClientRect();
      const column = Math.min(columns - 1, Math.max(0, Math.floor(((event.clientX - box.left) / box.width) * columns)));
      const row = Math.min(rows - 1, Math.max(0, Math.floor(((event.clientY - box.top) / box.height) * rows)));
      here = row * columns + column;
      G.tip(say(here), event.clientX, event.clientY);
    });
    canvas.addEventListener("pointerleave", () => G.tip(""));
    canvas.addEventListener("blur", () => G.tip(""));
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
      if (event.key === "Escape") return G.tip("");
      if (step === undefined) return;
      event.preventDefault();
      here = Math.max(0, Math.min(values.length - 1, here + step));
      const box = canvas.getBoundingClientRect();
      G.tip(say(here), box.left + (((here % columns) + 0.5) / columns) * box.width, box.top + ((Math.floor(here / columns) + 0.5) / rows) * box.height);
    });
    const caption = G.el("figcaption", {}, G.el("b", {}, title), words ? ` ${words}` : "");
    return G.el("figure", { class: "map" }, caption, canvas);
  };
  document.addEventListener("themechange", () => drawn.forEach((paint) => paint.deref()?.()));
})();
