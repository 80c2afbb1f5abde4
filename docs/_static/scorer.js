// How the search sorts its results: the weights are Sphinx's own, and pages of background come last.
const BACKGROUND = /decisions|CHANGELOG|performance|what-has-been-checked|the-house|docs\/index/

var Scorer = {
  score: ([page, , , , score]) => (BACKGROUND.test(page) ? score - 20 : score),
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
}
