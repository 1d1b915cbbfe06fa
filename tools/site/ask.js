// Asks the built site's search as a browser does, without one: node ask.js HTML < questions. Questions and answers are JSON.

"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const html = process.argv[2];
const page = vm.createContext({
  document: { getElementById: () => null },
  localStorage: { setItem() {} },
  SPHINX_HIGHLIGHT_ENABLED: false,
  _ready() {},
});
page.window = page;
// In the order in which search.html has them.
for (const file of ["_static/searchtools.js", "_static/language_data.js", "searchindex.js"]) {
  vm.runInContext(fs.readFileSync(path.join(html, file), "utf8"), page, file);
}
page.questions = JSON.parse(fs.readFileSync(0, "utf8"));
const hits = vm.runInContext(
  `questions.map((question) => {
    const parsed = Search._parseQuery(question);
    return Search._performSearch(...parsed).reverse().map(([name, , anchor]) => name + anchor);
  })`,
  page,
);
process.stdout.write(JSON.stringify(hits));
