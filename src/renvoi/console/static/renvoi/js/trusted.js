// The one Trusted Types policy of the console: HTML is parsed only if it is an answer of this site, as it came.
// Without Trusted Types, the browser parses it all the same.
"use strict";

// The answer that is being read: as it came, and without its head, as htmx takes it.
let answers = [];
// What htmx itself adds around an answer, and where it keeps elements meanwhile.
const WRAPPER = 100;
const PANTRY = "<div id='--htmx-preserve-pantry--'></div>";

function isAnswer(html) {
  return html === PANTRY || answers.some((answer) => html.length <= answer.length + WRAPPER && html.includes(answer));
}

function expectAnswer(text) {
  answers = [text, text.replace(/<head(\s[^>]*)?>[\s\S]*?<\/head>/i, "")];
}

// Return the document of an answer. Its scripts do not run.
function parseAnswer(text) {
  expectAnswer(text);
  return new DOMParser().parseFromString(text, "text/html");
}

window.trustedTypes?.createPolicy("default", {
  createHTML(html) {
    if (!isAnswer(html)) throw new TypeError("This HTML is no answer of this site.");
    return html;
  },
});

// Just before htmx reads the answer. Its own events would not come from an element that has left the page meanwhile.
document.addEventListener("htmx:beforeRequest", ({ detail: { xhr } }) => {
  xhr.addEventListener("readystatechange", () => { if (xhr.readyState === XMLHttpRequest.DONE) expectAnswer(xhr.responseText); });
});
