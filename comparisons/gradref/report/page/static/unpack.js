// Reading what the page carries: gzip and base64 inside <script type="application/octet-stream">.
const G = {};
G.bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
G.unpack = (id) => {
  const packed = document.getElementById(id)?.textContent ?? "";
  return packed ? new Response(new Blob([G.bytes(packed)]).stream().pipeThrough(new DecompressionStream("gzip"))) : new Response("");
};
G.text = (id) => G.unpack(id).text();
// float16, little endian, as numbers
G.halves = async (id) => {
  const bits = new Uint16Array(await G.unpack(id).arrayBuffer());
  return Float32Array.from(bits, (h) => {
    const exponent = (h >> 10) & 31, fraction = h & 1023, sign = h & 32768 ? -1 : 1;
    if (exponent === 31) return fraction ? NaN : sign * Infinity;
    return sign * (exponent ? 2 ** (exponent - 15) * (1 + fraction / 1024) : 2 ** -14 * (fraction / 1024));
  });
};
G.json = async (id) => JSON.parse((await G.text(id)) || "null");

// One element from its tag, attributes and children; text is never read as HTML.
G.el = (tag, attributes = {}, ...children) => {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children.filter((c) => c !== null && c !== undefined));
  return node;
};

// The tool tip, one for the page.
G.tip = (text, x, y) => {
  const tip = document.getElementById("tip");
  tip.hidden = !text;
  if (!text) return;
  tip.textContent = text;
  const box = tip.getBoundingClientRect();
  tip.style.left = `${Math.max(4, Math.min(x + 14, innerWidth - box.width - 4))}px`;
  tip.style.top = `${y + 18 + box.height > innerHeight ? y - box.height - 10 : y + 18}px`;
};

G.names = { numpy: "NumPy", torch: "PyTorch", jax: "JAX" };
G.name = (framework) => G.names[framework] ?? framework;
G.share = (x) => {
  if (x === null || x === undefined) return "–";
  if (x === "∞") return "∞×";
  if (x <= 1) return x > 0 && x < 0.001 ? "< 0.1 %" : `${Number((100 * x).toPrecision(2))} %`;
  return `${x < 1e6 ? Number(x.toPrecision(2)).toLocaleString("en") : x.toExponential(1)}×`;
};
G.number = (x) => (x === null || x === undefined ? "–" : x === "∞" ? "∞" : Math.abs(x) >= 1e5 || (x !== 0 && Math.abs(x) < 1e-3) ? x.toExponential(2) : `${Number(x.toPrecision(3))}`);
