// Finds countries as the visitor types. Without it, and if it fails, the native list of countries remains.
{
  const select = document.querySelector("select");
  const { form } = select;
  const [find, status, hits, list] = form.querySelectorAll("[type=search],output,.hits,.list");
  const fold = text => " " + text.normalize("NFD").toLowerCase().replace(/[\p{M}.]/gu, "").replace(/[^a-z]+/g, " ").trim();
  const make = () => [...select.options].slice(1).map(option => {
    const button = document.createElement("button");
    button.textContent = option.text;
    button.onclick = () => {
      select.value = option.value;
    };
    return [fold(option.text), button];
  });
  let words, some, all;
  find.oninput = () => {
    words = fold(find.value);
    // Nothing but a space was typed if the words are not greater than one.
    all ||= make();
    some = all.filter(([name]) => words > " " && name.includes(words));
    hits.replaceChildren(...some.map(([, button]) => button));
    list.hidden = some[0];
    status.value = words > " " ? status.dataset.count + some.length : "";
  };
  find.onkeydown = event => {
    if (event.key == "Enter" && words > " ") {
      event.preventDefault();
      const one = some[1] ? some.find(([name]) => name == words) : some[0];
      if (one) one[1].click();
      else hits.firstChild?.focus();
    }
  };
  find.parentNode.hidden = false;
}
