// One run of one case: its heat maps and every check, sortable.
G.detail = (() => {
  const by = (id) => document.getElementById(id), cases = by("detail-case"), runs = by("detail-run"), all = by("detail-all"), body = by("detail-body");
  const FIELDS = ["case", "framework", "mode", "dtype", "device"];
  let data = null, maps = null, entries = null;
  const word = (column, i) => data[column].words[data[column].at[i]];
  const called = ([, framework, mode, dtype, device]) => `${G.name(framework)} ${mode} ${dtype}${device === "cpu" ? "" : ` ${device}`}`;
  const linkTo = (run) => `#${new URLSearchParams(run.map((value, i) => [FIELDS[i], value])).toString().replace(/\+/g, "%20")}`;

  let loading = null;
  const load = () => (loading ??= read());
  const read = async () => {
    [data, maps, entries] = await Promise.all([G.json("data-rows"), G.json("data-maps"), G.halves("data-entries")]);
    const names = new Set(data.runs.map(([name]) => name).filter((name) => name !== "*"));
    cases.append(...[...names].map((name) => new Option(name, name)));
  };
  const rowsOf = (name) => data.run.map((_, i) => i).filter((i) => data.runs[data.run[i]][0] === name);
  const worse = (i) => (word("verdict", i) === "fail" ? 2e300 : 0) + (data.share[i] === "∞" ? 1e300 : data.share[i] ?? 0);

  // the run to show when none is named: a failing one, else the one nearest to its allowance
  const worstRun = (rows) => data.run[rows.reduce((best, i) => (worse(i) > worse(best) ? i : best), rows[0])];

  const title = (equation, layer) => ({ BP4: `∂C/∂W[${layer}]`, BP3: `∂C/∂b[${layer}]`, BP2: `δ[${layer}]`, BP1: `δ[${layer}]`, LIN: `z[${layer}]`, ACT: `a[${layer}]` })[equation] ?? `${equation} ${layer}`;
  const same = (one, other) => one.every((value, i) => value === other[i]);
  const mapsOf = (run) => maps.index
    .filter(([of, equation]) => same(of, data.runs[run]) && (all.checked || equation === "BP3" || equation === "BP4"))
    .map(([, equation, layer, offset, rows, columns]) => ({ equation, layer, rows, columns, values: Array.from(entries.subarray(offset, offset + rows * columns)) }))
    .sort((a, b) => a.layer - b.layer || b.equation.localeCompare(a.equation));

  const HEAD = [["equation", "check"], ["layer", "layer"], ["parameter", "tensor"], ["verdict", "verdict"], ["share", "share"], ["max_ulp", "max ulp"], ["max_abs", "max error"], ["max_rel", "max relative"], ["rms_sigma", "rms / σ"], ["blind", "blind"], ["entries", "entries"], ["failing", "off"]];
  const WORDS = new Set(["equation", "parameter", "verdict"]);
  const value = (column, i) => (WORDS.has(column) ? word(column, i) : data[column][i]);
  const shown = (column, i) => {
    const v = value(column, i);
    if (column === "share") return G.share(v);
    if (column === "blind") return v ? G.share(v) : "–";
    if (column === "layer") return v ? `${v}` : "–";
    return WORDS.has(column) ? v : G.number(v);
  };
  const table = (rows) => {
    const tbody = G.el("tbody");
    const signs = { pass: "✓", fail: "✗", undecided: "≈", skip: "·" };
    const fill = (order) => tbody.replaceChildren(...order.map((i) => G.el("tr", {}, ...HEAD.map(([column]) => {
      const text = shown(column, i);
      if (column === "equation") return G.el("th", { scope: "row" }, text);
      if (column === "verdict") return G.el("td", { class: `verdict ${text}`, title: word("message", i) || undefined }, `${signs[text] ?? ""} ${text}`);
      return G.el("td", { class: WORDS.has(column) ? "" : "num" }, text);
    }))));
    const heads = HEAD.map(([column, name]) => {
      const head = G.el("th", { scope: "col", class: WORDS.has(column) ? "" : "num" });
      head.append(G.el("button", { type: "button", onclick: () => {
        const up = head.getAttribute("aria-sort") === "descending" ? 1 : -1;
        heads.forEach((h) => h.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up > 0 ? "ascending" : "descending");
        const key = (i) => { const v = value(column, i); return v === "∞" ? Infinity : v ?? -1; };
        fill([...rows].sort((a, b) => { const x = key(a), y = key(b); return up * (typeof x === "string" ? x.localeCompare(y) : x - y); }));
      } }, name));
      return head;
    });
    fill(rows);
    return G.el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": "All checks of this run" }, G.el("table", { class: "sortable" }, G.el("thead", {}, G.el("tr", {}, ...heads)), tbody));
  };

  const worst = (values) => { const most = Math.max(...values); return Number.isFinite(most) ? most : "∞"; };

  const draw = () => {
    const run = Number(runs.value), key = data.runs[run], [name] = key;
    const rows = data.run.map((_, i) => i).filter((i) => data.run[i] === run), parts = [], figures = mapsOf(run);
    const fails = rows.filter((i) => word("verdict", i) === "fail"), skip = rows.every((i) => word("verdict", i) === "skip");
    const about = document.querySelector(`#matrix tr[data-case="${CSS.escape(name)}"]`)?.dataset.about;
    parts.push(G.el("h3", { id: "detail-name" }, `${name}: ${called(key)}`));
    if (about) parts.push(G.el("p", { class: "hint" }, about));
    for (const note of data.notes[run]) parts.push(G.el("p", { class: "hint" }, `Note: ${note}`));
    if (skip) parts.push(G.el("p", {}, G.el("b", { class: "verdict skip" }, "· Skipped: "), word("message", rows[0])));
    else parts.push(G.el("p", {}, G.el("b", { class: `verdict ${fails.length ? "fail" : "pass"}` }, fails.length ? `✗ ${fails.length} of ${rows.length} checks failed.` : `✓ All ${rows.length} checks hold.`), ` ${fails.length ? word("message", fails[0]) : ""}`));
    if (!skip) {
      parts.push(figures.length ? G.el("div", { class: "maps" }, ...figures.map((m) => G.heatmap(m.values, m.rows, m.columns, { title: title(m.equation, m.layer), words: `worst ${G.share(worst(m.values))}` })))
        : G.el("p", { class: "none" }, "No heat maps were kept for this run" + (maps.left_out ? " on this page; they are in maps.npz." : ".")));
      parts.push(table(rows));
    }
    body.replaceChildren(...parts);
    by("detail-link").href = linkTo(key);
  };

  // `wanted` is a run as its fields by name; what is left out fits any
  const choose = (name, wanted = {}) => {
    const rows = rowsOf(name);
    if (!rows.length) return false;
    const own = [...new Set(rows.map((i) => data.run[i]))];
    const asked = Object.keys(wanted).length ? own.find((run) => FIELDS.every((field, i) => wanted[field] === undefined || wanted[field] === data.runs[run][i])) : undefined;
    cases.value = name;
    runs.replaceChildren(...own.map((run) => new Option(called(data.runs[run]), run)));
    runs.value = asked ?? worstRun(rows);
    draw();
    return true;
  };
  const shownRun = () => data.runs[Number(runs.value)];
  const go = () => { location.hash = linkTo(shownRun()); };
  const fieldsOf = ([, framework, mode, dtype, device]) => ({ framework, mode, dtype, device });
  cases.addEventListener("change", () => { choose(cases.value, fieldsOf(shownRun())); go(); });
  runs.addEventListener("change", go);
  all.addEventListener("change", draw);

  return {
    async show(name, wanted) {
      await load();
      const found = choose(name, wanted);
      if (found) G.matrix.mark(shownRun());
      return found;
    },
    async first() {
      await load();
      const rows = data.run.map((_, i) => i).filter((i) => data.runs[data.run[i]][0] !== "*");
      if (!rows.length) return;
      const worst = rows.reduce((best, i) => (worse(i) > worse(best) ? i : best), 0), key = data.runs[data.run[worst]];
      choose(key[0], fieldsOf(key));
    },
  };
})();
