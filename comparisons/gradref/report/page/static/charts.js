// Charts: plotly is unpacked and run when the first one comes near the window, or before printing.
(() => {
  let library = null;
  const plotly = () => (library ??= G.text("data-plotly").then((code) => {
    const script = document.createElement("script");
    script.textContent = code;
    document.head.append(script);
    script.remove();
    return window.Plotly;
  }));
  const css = (name) => {
    const probe = G.el("span", { style: `color: var(${name})` });
    document.body.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  };
  const look = (layout, phone) => {
    const ink = css("--ink"), line = css("--line"), axis = { gridcolor: line, zerolinecolor: line, linecolor: line, automargin: true };
    const title = (a = {}) => (typeof a.title === "string" ? { ...a, title: { text: a.title, standoff: 8 } } : a);
    return { ...layout, paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)", font: { color: ink, size: 12, family: "system-ui, sans-serif" },
      margin: { l: 55, r: 8, t: 8, b: 45 }, legend: { orientation: "h", y: -0.28, font: { size: phone ? 10 : 11 } },
      xaxis: { ...axis, ...title(layout.xaxis) }, yaxis: { ...axis, ...title(layout.yaxis) }, hoverlabel: { namelength: -1 } };
  };
  let specifications = null;
  G.drawChart = async (node) => {
    const [Plotly, all] = await Promise.all([plotly(), (specifications ??= G.json("data-charts"))]);
    const chart = all.find((c) => `plot-${c.id}` === node.id);
    await Plotly.react(node, chart.data, look(chart.layout, innerWidth < 640), { displayModeBar: false, responsive: true });
    node.dataset.drawn = "true";
  };
  const plots = () => [...document.querySelectorAll(".plot")];
  document.addEventListener("DOMContentLoaded", () => {
    const seen = new IntersectionObserver((entries) => entries.forEach((e) => { if (e.isIntersecting) { seen.unobserve(e.target); G.drawChart(e.target); } }), { rootMargin: "400px" });
    plots().forEach((node) => seen.observe(node));
    addEventListener("beforeprint", () => plots().filter((n) => !n.dataset.drawn).forEach((n) => G.drawChart(n)));
  });
  document.addEventListener("themechange", () => plots().filter((n) => n.dataset.drawn).forEach((n) => G.drawChart(n)));
})();
