// Opens the PDF's window at once, sends what needs no click, and shows and saves the PDF when it is ready.
"use strict";

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-opens-window]");
  if (!button) return;
  event.preventDefault();
  window.open(`${button.formAction}?${new URLSearchParams(new FormData(button.form))}`, "_blank");
});

// The window has done its work once the file is on its way.
document.addEventListener("submit", (event) => {
  if (event.target.matches("form[data-downloads]")) setTimeout(() => event.target.closest("dialog")?.close());
});

// The name has the extension of its format, and a workbook has no separator.
document.addEventListener("change", (event) => {
  const { form, name, value } = event.target;
  if (name !== "format" || !form.elements.file_name) return;
  form.elements.file_name.value = form.elements.file_name.value.replace(/\.(csv|xlsx)$/i, `.${value}`);
  for (const radio of form.querySelectorAll("[name=separator]")) radio.disabled = value === "xlsx";
});

function sendItself() {
  document.querySelector("form[data-sends-itself]")?.requestSubmit();
}

function showPdf() {
  const ready = document.querySelector("[data-ready]");
  if (!ready || ready.dataset.shown) return;
  ready.dataset.shown = "yes";
  if (ready.dataset.copy) {
    const link = document.createElement("a");
    link.href = ready.dataset.copy;
    link.download = "Partners.pdf";
    link.click();
  }
  if (!ready.dataset.stays) setTimeout(() => window.location.replace(ready.dataset.ready), 500);
}

document.addEventListener("DOMContentLoaded", sendItself);
document.addEventListener("DOMContentLoaded", showPdf);
document.addEventListener("htmx:afterSettle", showPdf);
