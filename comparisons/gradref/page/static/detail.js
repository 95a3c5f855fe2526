// One run of one case: its heat maps and every check, sortable.
G.detail = (() => {
  const by = (id) => document.getElementById(id), cases = by("detail-case"), runs = by("detail-run"), all = by("detail-all"), body = by("detail-body");
  let data = null, maps = null, entries = null;
  const word = (column, i) => data[column].words[data[column].at[i]];
  const runOf = (i) => `${word("framework", i)}/${word("mode", i)}/${word("dtype", i)}`;

  let loading = null;
  const load = () => (loading ??= read());
  const read = async () => {
    [data, maps, entries] = await Promise.all([G.json("data-rows"), G.json("data-maps"), G.halves("data-entries")]);
    cases.append(...data.case.words.filter((name) => name !== "*").map((name) => new Option(name, name)));
  };
  const rowsOf = (name) => {
    const code = data.case.words.indexOf(name), found = [];
    data.case.at.forEach((at, i) => { if (at === code) found.push(i); });
    return found;
  };
  const worse = (i) => (word("verdict", i) === "fail" ? 2e300 : 0) + (data.share[i] === "∞" ? 1e300 : data.share[i] ?? 0);

  // the run to show when none is named: a failing one, else the one nearest to its allowance
  const worstRun = (rows) => runOf(rows.reduce((best, i) => (worse(i) > worse(best) ? i : best), rows[0]));

  const title = (equation, layer) => ({ BP4: `∂C/∂W[${layer}]`, BP3: `∂C/∂b[${layer}]`, BP2: `δ[${layer}]`, BP1: `δ[${layer}]`, LIN: `z[${layer}]`, ACT: `a[${layer}]` })[equation] ?? `${equation} ${layer}`;
  const mapsOf = (name, run) => {
    const prefix = `${name}|${run.split("/").join("|")}|`, found = [];
    for (const [key, [offset, rows, columns]] of Object.entries(maps.index)) {
      if (!key.startsWith(prefix)) continue;
      const [equation, layer] = key.slice(prefix.length).split("|");
      if (!all.checked && equation !== "BP3" && equation !== "BP4") continue;
      found.push({ equation, layer: Number(layer), rows, columns, values: Array.from(entries.subarray(offset, offset + rows * columns)) });
    }
    return found.sort((a, b) => a.layer - b.layer || b.equation.localeCompare(a.equation));
  };

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
    const name = cases.value, run = runs.value, rows = rowsOf(name).filter((i) => runOf(i) === run);
    if (!rows.length) return body.replaceChildren(G.el("p", { class: "none" }, "No such run."));
    const [framework, mode, dtype] = run.split("/"), parts = [], figures = mapsOf(name, run);
    const fails = rows.filter((i) => word("verdict", i) === "fail"), skip = rows.every((i) => word("verdict", i) === "skip");
    const about = document.querySelector(`#matrix tr[data-case="${CSS.escape(name)}"]`)?.dataset.about;
    parts.push(G.el("h3", { id: "detail-name" }, `${name}: ${G.name(framework)} ${mode} ${dtype}`));
    if (about) parts.push(G.el("p", { class: "hint" }, about));
    for (const note of data.notes[`${name}|${run.split("/").join("|")}`] ?? []) parts.push(G.el("p", { class: "hint" }, `Note: ${note}`));
    if (skip) parts.push(G.el("p", {}, G.el("b", { class: "verdict skip" }, "· Skipped: "), word("message", rows[0])));
    else parts.push(G.el("p", {}, G.el("b", { class: `verdict ${fails.length ? "fail" : "pass"}` }, fails.length ? `✗ ${fails.length} of ${rows.length} checks failed.` : `✓ All ${rows.length} checks hold.`), ` ${fails.length ? word("message", fails[0]) : ""}`));
    if (!skip) {
      parts.push(figures.length ? G.el("div", { class: "maps" }, ...figures.map((m) => G.heatmap(m.values, m.rows, m.columns, { title: title(m.equation, m.layer), words: `worst ${G.share(worst(m.values))}` })))
        : G.el("p", { class: "none" }, "No heat maps were kept for this run" + (maps.left_out ? " on this page; they are in maps.npz." : ".")));
      parts.push(table(rows));
    }
    body.replaceChildren(...parts);
    by("detail-link").href = `#case=${encodeURIComponent(name)}&run=${run}`;
  };

  const choose = (name, run) => {
    const rows = rowsOf(name);
    if (!rows.length) return false;
    const names = [...new Set(rows.map(runOf))];
    cases.value = name;
    runs.replaceChildren(...names.map((r) => { const [f, m, d] = r.split("/"); return new Option(`${G.name(f)} ${m} ${d}`, r); }));
    runs.value = names.includes(run) ? run : worstRun(rows);
    draw();
    return true;
  };
  const go = () => { location.hash = `case=${encodeURIComponent(cases.value)}&run=${runs.value}`; };
  cases.addEventListener("change", () => { choose(cases.value, runs.value); go(); });
  runs.addEventListener("change", go);
  all.addEventListener("change", draw);

  return {
    async show(name, run) {
      await load();
      const found = choose(name, run);
      if (found) G.matrix.mark(name, runs.value);
      return found;
    },
    async first() {
      await load();
      const rows = data.case.at.map((_, i) => i).filter((i) => word("case", i) !== "*");
      if (rows.length) { const worst = rows.reduce((best, i) => (worse(i) > worse(best) ? i : best), 0); choose(word("case", worst), runOf(worst)); }
    },
  };
})();
