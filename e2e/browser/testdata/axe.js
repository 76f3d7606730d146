axe.run(document, {resultTypes: ["violations"], preload: false}).then(results =>
  results.violations.flatMap(v => v.nodes.map(n => `${v.id}: ${v.help}: ${n.html.slice(0, 200)} ${n.failureSummary.replace(/\s+/g, " ").slice(0, 300)}`)))
