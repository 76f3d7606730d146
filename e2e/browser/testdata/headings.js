// One h1, and no level left out.
(() => {
  const found = [], all = [...document.querySelectorAll("h1,h2,h3,h4,h5,h6")];
  const first = all.filter(h => h.tagName === "H1").length;
  if (first !== 1) found.push(`${first} headings of level 1`);
  let level = 0;
  for (const h of all) {
    const next = +h.tagName[1];
    if (next > level + 1) found.push(`level ${next} follows level ${level}: ${h.textContent}`);
    if (!h.textContent.trim()) found.push(`an empty heading: ${h.outerHTML}`);
    level = next;
  }
  return found;
})()
