// Drawings that a reader cannot have as a table, in the same card or by a link in it.
(() => [...document.querySelectorAll("svg[role=img]")].filter(svg => {
  const card = svg.closest("section, .card") ?? svg.parentElement;
  const isLinked = [...card.querySelectorAll("a[href]")].some(a => /table/i.test(a.textContent));
  const hasTable = card.querySelector("table") || svg.closest("main").querySelectorAll("section table").length > 0 && svg.closest("main").querySelectorAll("svg[role=img]").length === 1;
  return !isLinked && !hasTable || !svg.getAttribute("aria-label");
}).map(svg => `no table beside the drawing ${svg.getAttribute("aria-label")}`))()
