// The letters of the list of papers, on the page of one: each presses what stands on the page. And the page's address.
const PRESSES = {
  j: "next-paper a", k: "previous-paper a", s: "saved-paper- button", x: "skip-paper- button", r: "read-paper- button",
  t: "star-paper- button", f: "overview-figure button", p: "pin-paper-paper- button", u: "undo-last button",
};

export default function ({ data, parentElement }) {
  told(data.asked);
  document.removeEventListener("keydown", parentElement.listen);
  parentElement.querySelector("span").hidden = true; // it listens from here on
  const listen = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !parentElement.isConnected) return;
    const from = event.composedPath()[0];
    if (from.closest?.("input, textarea, select, [contenteditable], [role=dialog], [role=listbox]")) return;
    // Letters can be switched off (WCAG 2.1.4), in the list's own sheet of keys.
    if (localStorage.getItem("trendlab-keys") === "off") return;
    // The letter that is written; on a Korean keyboard that of the key.
    const written = /^[a-z]$/i.test(event.key) ? event.key : (event.code ?? "").replace(/^Key/, "");
    const letter = written.toLowerCase();
    const found = letter === "n" ? note() : press(PRESSES[letter]);
    if (!found) return;
    event.preventDefault();
    if (letter === "j" || letter === "k") document.querySelector("[data-testid=stMain]")?.scrollTo(0, 0);
  };
  parentElement.listen = listen;
  document.addEventListener("keydown", listen);
  // A call that was overtaken by the next one is ended after that has begun: it takes its own away.
  return () => document.removeEventListener("keydown", listen);
}

// A link to the page on which one is leaves the address as it was, with the paper before in it.
function told(asked) {
  const shown = new URLSearchParams(location.search).get("id");
  if (!location.pathname.endsWith("/paper") || shown === asked.id) return;
  history.pushState({}, "", `${location.pathname}?${new URLSearchParams(asked)}`);
}

function press(where) {
  if (!where) return false;
  const [name, tag] = where.split(" ");
  const found = document.querySelector(`[class*="st-key-${name}"] ${tag}`);
  if (!found || found.disabled || found.getAttribute("aria-disabled") === "true") return false;
  found.click();
  return true;
}

function note() {
  const area = document.querySelector(".st-key-noting textarea");
  area?.focus();
  return Boolean(area);
}
