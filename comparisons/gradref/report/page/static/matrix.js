// The matrix: filters, sorting, arrow keys.
G.matrix = (() => {
  const table = document.getElementById("matrix"), body = table.tBodies[0], rows = [...body.rows];
  const columns = [...table.querySelectorAll("thead [data-column]")];
  const off = { framework: new Set(), dtype: new Set() };
  const by = (id) => document.getElementById(id);
  const state = { only: false, search: "", sort: "failures" };

  const sorters = {
    failures: (a, b) => b.dataset.fails - a.dataset.fails || b.dataset.worst - a.dataset.worst,
    share: (a, b) => b.dataset.worst - a.dataset.worst,
    suite: (a, b) => a.dataset.place - b.dataset.place,
    name: (a, b) => a.dataset.case.localeCompare(b.dataset.case, "en", { numeric: true }),
    seconds: (a, b) => b.dataset.seconds - a.dataset.seconds,
  };

  const apply = () => {
    const shown = columns.map((c) => !off.framework.has(c.dataset.f) && !off.dtype.has(c.dataset.d));
    const words = state.search.toLowerCase().split(/\s+/).filter(Boolean);
    let count = 0;
    for (const row of rows) {
      const cells = [...row.querySelectorAll("td")];
      cells.forEach((cell, i) => { cell.hidden = !shown[i]; });
      const text = `${row.dataset.case} ${row.dataset.about}`.toLowerCase();
      const failing = cells.some((cell, i) => shown[i] && cell.querySelector(".fail"));
      row.hidden = (state.only && !failing) || !words.every((word) => text.includes(word));
      count += !row.hidden;
    }
    columns.forEach((c, i) => { c.hidden = !shown[i]; });
    // the two upper head rows span what is left of their columns
    const groups = (row, key) => {
      let place = 0;
      for (const head of row.querySelectorAll("[colspan]")) {
        head.dataset.span ??= head.colSpan;
        const mine = shown.slice(place, place + Number(head.dataset.span));
        place += Number(head.dataset.span);
        const left = mine.filter(Boolean).length;
        head.hidden = left === 0;
        if (left) head.colSpan = left;
      }
    };
    groups(table.tHead.rows[0]);
    groups(table.tHead.rows[1]);
    body.append(...[...rows].sort(sorters[state.sort]));
    by("matrix-count").textContent = count === rows.length ? "" : `${count} of ${rows.length} cases shown`;
    roving();
  };

  // one cell is in the tab order; arrow keys move to the next one that is shown
  let current = null;
  const cellOf = (row, column) => row?.querySelector(`td[data-column="${column}"] .cell`);
  const roving = () => {
    if (current?.offsetParent) return;
    current?.setAttribute("tabindex", "-1");
    current = [...table.querySelectorAll(".cell")].find((c) => c.offsetParent) ?? null;
    current?.setAttribute("tabindex", "0");
  };
  const move = (cell) => {
    current?.setAttribute("tabindex", "-1");
    current = cell;
    cell.setAttribute("tabindex", "0");
    cell.focus();
  };
  table.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.(".cell");
    if (!cell) return;
    const down = { ArrowDown: 1, ArrowUp: -1 }[event.key], right = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!down && !right) return;
    event.preventDefault();
    let row = cell.closest("tr"), column = Number(cell.closest("td").dataset.column), next = null;
    if (down) {
      do row = down > 0 ? row.nextElementSibling : row.previousElementSibling; while (row && (row.hidden || !cellOf(row, column)));
      next = cellOf(row, column);
    } else {
      for (column += right; column >= 0 && column < columns.length && !next; column += right) {
        const candidate = cellOf(row, column);
        if (candidate && !candidate.closest("td").hidden) next = candidate;
      }
    }
    if (next) move(next);
  });

  // the sentence of a cell on hover
  table.addEventListener("pointermove", (event) => { const cell = event.target.closest?.(".cell"); G.tip(cell ? cell.getAttribute("aria-label") : "", event.clientX, event.clientY); });
  table.addEventListener("pointerleave", () => G.tip(""));

  const toggle = (button, set, value) => button.addEventListener("click", () => {
    const on = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", on);
    if (on) set.delete(value); else set.add(value);
    apply();
  });
  document.querySelectorAll("[data-framework]").forEach((b) => toggle(b, off.framework, b.dataset.framework));
  document.querySelectorAll("button[data-dtype]").forEach((b) => toggle(b, off.dtype, b.dataset.dtype));
  const only = by("only-failures");
  only.addEventListener("click", () => { state.only = !state.only; only.setAttribute("aria-pressed", state.only); apply(); });
  by("search").addEventListener("input", (event) => { state.search = event.target.value; apply(); });
  by("sort").addEventListener("change", (event) => { state.sort = event.target.value; apply(); });
  roving();

  return {
    onlyFailures(on) { if (!only.disabled && state.only !== on) only.click(); },
    mark([name, f, m, d, v]) {
      table.querySelectorAll('[aria-current="true"]').forEach((c) => c.removeAttribute("aria-current"));
      const column = columns.findIndex((c) => c.dataset.f === f && c.dataset.m === m && c.dataset.d === d && c.dataset.v === v);
      cellOf(rows.find((r) => r.dataset.case === name), column)?.setAttribute("aria-current", "true");
    },
  };
})();
