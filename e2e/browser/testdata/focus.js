// The places where Tab must stop, and what it has reached.
var reached = new Set();
var describe = e => (e.getAttribute("aria-label") || e.labels?.[0]?.textContent || e.textContent || e.tagName).trim().slice(0, 60);
var tabStops = () => [...document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex='0']")]
  .filter(e => e.checkVisibility({visibilityProperty: true}));
var visitFocused = () => {
  const e = document.activeElement, box = e.getBoundingClientRect(), style = getComputedStyle(e);
  reached.add(e);
  return {
    Text: describe(e),
    IsSeen: box.width > 0 && box.height > 0 && box.left >= -1 && box.top < innerHeight && box.bottom > 0 && box.left < innerWidth,
    IsMarked: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0,
  };
};
var notVisited = () => tabStops().filter(e => !reached.has(e)).map(describe);
