// What makes the page wider than the window. Places that scroll by themselves do not.
(() => {
  const wide = document.scrollingElement.scrollWidth;
  if (wide <= innerWidth) return [];
  const scrolls = e => { for (; e && e !== document.body; e = e.parentElement) if (getComputedStyle(e).overflowX !== "visible") return true; return false; };
  const found = [...document.body.querySelectorAll("*")].filter(e => e.getBoundingClientRect().right > innerWidth + 0.5 && !scrolls(e.parentElement));
  return [`the page is ${wide} px wide in a window of ${innerWidth} px`, ...found.slice(0, 5).map(e => e.outerHTML.slice(0, 120))];
})()
