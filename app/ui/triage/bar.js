// The buttons for the current paper, the help sheet, and the keys that do the same.
class Bar {
  constructor(list) {
    this.list = list;
    this.acts = list.root.querySelector("#acts");
    this.sheet = list.root.querySelector("#sheet");
    this.buttons = {};
    this.keys = (event) => this.key(event);
  }

  // Streamlit has keys of its own (R runs the page anew): a key that is taken here goes no further.
  listen() {
    window.addEventListener("keydown", this.keys, { capture: true });
  }

  leave() {
    window.removeEventListener("keydown", this.keys, { capture: true });
  }

  speak(words) {
    this.acts.setAttribute("aria-label", words.acts);
    const made = words.buttons.map(([name, sign, key, label]) => {
      const text = element("span", { className: "label", textContent: label });
      const button = element("button", { type: "button", title: `${label} (${key})` }, icon(sign), text);
      if (["previous", "next", "page", "help"].includes(name)) button.className = "plain";
      button.setAttribute("aria-label", label);
      button.setAttribute("aria-keyshortcuts", key);
      button.append(element("kbd", { textContent: key }));
      button.dataset.act = name;
      button.addEventListener("click", () => this.do(name));
      return (this.buttons[name] = button);
    });
    this.acts.replaceChildren(...made);
    this.buttons.help.setAttribute("aria-controls", "sheet");
    this.buttons.help.setAttribute("aria-expanded", "false");
    this.help(words);
  }

  help(words) {
    const rows = words.sheet.map(([keys, told]) =>
      element("div", {}, element("dt", {}, ...keys.map((name) => element("kbd", { textContent: name }))), element("dd", { textContent: told })),
    );
    const box = element("input", { type: "checkbox", checked: !this.off() });
    box.addEventListener("change", () => localStorage.setItem("trendlab-keys", box.checked ? "on" : "off"));
    this.sheet.replaceChildren(element("dl", {}, ...rows), element("label", {}, box, document.createTextNode(words.with_keys)));
  }

  paint() {
    const { list } = this;
    const row = list.rows[list.at];
    const { state, star } = row ? list.mark(row.paper.id) : {};
    const on = { abstract: row?.opened, figure: Boolean(row?.figure), note: row?.writing, star };
    for (const name of ["read", "saved", "skip"]) on[name] = state === name;
    for (const [name, pressed] of Object.entries(on)) this.buttons[name].setAttribute("aria-pressed", pressed ? "true" : "false");
    this.buttons.undo.setAttribute("aria-disabled", list.done.length ? "false" : "true");
  }

  // What can be pressed.
  do(name) {
    const { list } = this;
    const acts = {
      previous: () => list.step(-1), next: () => list.step(1), abstract: () => list.open(), figure: () => list.see(),
      read: () => list.set("read"), saved: () => list.set("saved"), skip: () => list.set("skip"), star: () => list.star(),
      note: () => list.write(), undo: () => list.undo(), help: () => this.turn(), page: () => list.go(list.at),
    };
    acts[name]();
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !this.list.root.isConnected) return;
    const from = event.composedPath()[0];
    if (from.closest?.("input, textarea, select, [contenteditable], [role=dialog], [role=listbox], [role=menu]")) {
      // The box in the help sheet is left by the same key.
      if (event.key === "Escape" && this.sheet.contains(from)) this.turn(false);
      return;
    }
    const name = this.named(event, from);
    if (!name) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    this.do(name);
  }

  named(event, from) {
    if (event.key === "Escape" && this.shown) return "help";
    const inside = event.composedPath().includes(this.list.root);
    if (inside && event.key === "ArrowDown") return "next";
    if (inside && event.key === "ArrowUp") return "previous";
    if (inside && event.key === "Enter" && !from.closest("a, button")) return "abstract";
    if (this.off()) return null;
    if (event.key === "?") return "help";
    // The letter that is written; on a Korean keyboard that of the key.
    const letter = /^[a-z]$/i.test(event.key) ? event.key : (event.code ?? "").replace(/^Key/, "");
    const letters = { j: "next", k: "previous", o: "abstract", f: "figure", r: "read", s: "saved", x: "skip", t: "star", n: "note", u: "undo", g: "page" };
    return letters[letter.toLowerCase()];
  }

  turn(shown = !this.shown) {
    this.shown = shown;
    this.sheet.hidden = !shown;
    this.buttons.help.setAttribute("aria-expanded", shown ? "true" : "false");
  }

  // Keys of one letter can be switched off (WCAG 2.1.4): a voice that is taken for typing would press them.
  off() {
    return localStorage.getItem("trendlab-keys") === "off";
  }
}
