// How the site's search ranks what it finds. Sphinx puts this behind its own searchtools.js.
//
// By itself it lists the pages that have every word, and orders them by name as soon as two of them have one of the words in a heading.
// People ask in sentences. Here a rare word weighs more than a frequent one and a word in a heading more than one in the text, a page
// may lack some of the words, and each is listed once, with the heading of it that fits best.

"use strict";

// What a reader seldom means who asks a question: lists of names, and the project's own affairs.
const LESS = [
  [/^reference\//, 0.6],
  [/^(changelog|contributing|elsewhere)$/, 0.6],
];
// How well a page has a word. In a heading it may stand in another form: "option" is no "optional", though their stem is the same.
const IN_TITLE = 3;
const IN_HEADING = 2;
const IN_TEXT = 1;
const IN_PART = 0.5; // a part of a longer word, "once" in "il_once"
const OTHER_FORM = 0.4;
const NEEDED = 0.25; // of what all words weigh
const SHOWN = 30; // who reads further asks otherwise

// The pages that the index has for a word.
const listed = (index, word) => {
  const found = Object.hasOwn(index, word) ? index[word] : [];
  return Array.isArray(found) ? found : [found];
};

const pagesOf = (word) => {
  const { terms, titleterms } = Search._index;
  const pages = new Map();
  for (const index of [terms, titleterms]) {
    for (const file of listed(index, word)) pages.set(file, IN_TEXT);
  }
  if (pages.size > 0 || word.length < 3) return pages;
  for (const index of [terms, titleterms]) {
    for (const term of Object.keys(index)) {
      if (term.includes(word)) listed(index, term).forEach((file) => pages.set(file, IN_PART));
    }
  }
  return pages;
};

const wordsOf = (text) => splitQuery(text.toLowerCase()).filter((word) => !stopwords.has(word));

// Results as searchtools.js shows them, the best one last.
Search._performSearch = (query, searchTerms, excludedTerms) => {
  const { docnames, filenames, titles, alltitles } = Search._index;
  const progress = document.getElementById("search-progress");
  if (progress) progress.replaceChildren();
  const excluded = new Set([...excludedTerms].flatMap((word) => [...pagesOf(word).keys()]));
  const stemmer = new Stemmer();

  const asked = new Set(wordsOf(query));
  const words = [...searchTerms]
    .map((word) => {
      const pages = pagesOf(word);
      return { word, pages, weight: Math.log(1 + docnames.length / pages.size) };
    })
    .filter(({ pages }) => pages.size > 0);
  const all = words.reduce((sum, { weight }) => sum + weight, 0);

  // How well a heading has a word: 1 as it was asked, less in another form.
  const has = (heading, word) => {
    const forms = heading.words.filter((one) => stemmer.stemWord(one) === word);
    return forms.length === 0 ? 0 : forms.some((one) => asked.has(one)) ? 1 : OTHER_FORM;
  };
  const headings = new Map();
  for (const [text, places] of Object.entries(alltitles)) {
    for (const [file, id] of places) {
      if (!headings.has(file)) headings.set(file, []);
      headings.get(file).push({ text, id, words: wordsOf(text) });
    }
  }

  const results = [];
  docnames.forEach((name, file) => {
    if (excluded.has(file)) return;
    const own = headings.get(file) ?? [];
    let there = 0;
    let score = 0;
    for (const { word, pages, weight } of words) {
      if (!pages.has(file)) continue;
      there += weight;
      const inHeadings = own.map((heading) => has(heading, word) * (heading.id === null ? IN_TITLE : IN_HEADING));
      score += weight * Math.max(pages.get(file), ...inHeadings);
    }
    if (there === 0 || there < NEEDED * all) return;

    // The heading that has most of what was asked, and little else.
    let best = { fits: 0, id: null };
    for (const heading of own) {
      const common = words.reduce((sum, { word, weight }) => sum + weight * has(heading, word), 0);
      const fits = common === 0 ? 0 : common / all + 0.1 / heading.words.length;
      if (fits > best.fits) best = { ...heading, fits };
    }
    score = (score + 3 * all * best.fits ** 2) * (there / all);
    for (const [which, factor] of LESS) if (which.test(name)) score *= factor;
    results.push([
      name,
      best.id === null ? titles[file] : `${titles[file]} > ${best.text}`,
      best.id === null ? "" : `#${best.id}`,
      null,
      score,
      filenames[file],
      SearchResultKind.text,
    ]);
  });
  return results.sort(_orderResultsByScoreThenName).slice(-SHOWN);
};
