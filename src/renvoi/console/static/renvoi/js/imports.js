// The upload of a file to import: a long pasted block is sent as a file, because a field of a form is limited.
"use strict";

const LONG_CHARACTERS = 200_000;

for (const form of document.querySelectorAll("form[data-uploads]")) {
  form.addEventListener("formdata", ({ formData }) => {
    const text = formData.get("pasted");
    if (typeof text === "string" && text.length > LONG_CHARACTERS) formData.set("pasted", new File([text], "pasted.txt"));
  });
}
