// The line of the simulation above the list: an answer that is late or does not come leaves none of an earlier question.
"use strict";

const ASK_PROGRESS_MS = 300;
let unanswered = 0;

function clearAnswer() {
  const answer = document.getElementById("ask-answer");
  answer.textContent = answer.dataset.nothing;
}

document.addEventListener("htmx:beforeRequest", ({ detail }) => {
  if (detail.target.id !== "ask-answer") return;
  clearTimeout(unanswered);
  unanswered = setTimeout(clearAnswer, ASK_PROGRESS_MS);
});
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (detail.target.id === "ask-answer" && detail.shouldSwap) clearTimeout(unanswered);
});
