// A list of papers that reads like mail. What is pressed is painted at once and told afterwards, in one log that grows
// until the server has taken note of it, so that no key is lost however fast they come. All text is set as text.
const AHEAD = 40; // rows below the current one at which more are asked for

export default function ({ data, setStateValue, setTriggerValue, parentElement }) {
  const root = parentElement.querySelector("#triage");
  const list = (root.list ??= new Triage(root));
  list.update(data, setStateValue, setTriggerValue);
  return () => list.leave();
}

class Triage {
  constructor(root) {
    this.root = root;
    this.rows = [];
    this.nodes = [];
    this.at = -1;
    this.log = [];
    this.done = []; // what undo takes back, the last at the end
    this.number = 0;
    this.keys = (event) => this.key(event);
  }

  leave() {
    document.removeEventListener("keydown", this.keys);
  }

  update(data, setState, trigger) {
    this.setState = setState;
    this.trigger = trigger;
    this.words = data.words;
    this.looks = data.looks;
    const help = this.root.querySelector("#help");
    help.textContent = this.words.help;
    help.onclick = () => this.sheet();
    document.removeEventListener("keydown", this.keys);
    document.addEventListener("keydown", this.keys);
    this.log = this.log.filter((entry) => entry.number > data.noted);
    this.number = Math.max(this.number, data.noted);
    if (data.chunk.from > this.rows.length) {
      this.setState("have", this.rows.length);
    } else {
      this.take(data.chunk);
    }
    for (const [id, answer] of Object.entries(data.answers)) this.answer(id, answer);
    this.tell();
  }

  take(chunk) {
    this.total = chunk.total;
    chunk.rows.forEach((row, place) => {
      const at = chunk.from + place;
      if (at < this.rows.length) {
        // Known already: the server's word on how it stands, but for what it has not heard of yet.
        if (!this.log.some((entry) => entry.id === row.id)) Object.assign(this.rows[at], row);
        this.paint(at);
      } else {
        this.rows.push(row);
        this.add(at);
      }
    });
    if (this.at < 0 && this.rows.length) this.move(0, { quiet: true });
    this.count();
  }

  add(at) {
    const row = this.rows[at];
    const holder = this.root.querySelector("#rows");
    if (row.group && (at === 0 || this.rows[at - 1].group !== row.group)) {
      holder.append(element("li", { className: "group", role: "presentation" }, element("h3", { textContent: row.group })));
    }
    const node = element("li", { className: "row", tabIndex: -1 });
    node.addEventListener("click", (event) => {
      if (!event.target.closest("a, button, textarea")) this.move(at, { toggle: this.at === at });
    });
    node.addEventListener("focusin", () => this.at !== at && this.move(at, { focus: false }));
    holder.append(node);
    this.nodes.push(node);
    this.paint(at);
  }

  paint(at) {
    const row = this.rows[at];
    const node = this.nodes[at];
    const draft = node.querySelector("textarea");
    if (draft) row.draft = draft.value;
    node.dataset.state = row.state ?? "";
    node.dataset.id = row.id;
    node.toggleAttribute("data-star", row.star);
    node.setAttribute("aria-current", this.at === at ? "true" : "false");
    const link = element("a", { className: "title", href: row.href, textContent: row.title });
    link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      this.go(at);
    });
    const line = element("div", { className: "line" }, this.mark(row), link);
    const meta = element("div", { className: "meta" });
    if (row.fresh) meta.append(element("span", { className: "fresh", textContent: this.words.fresh }));
    meta.append(element("span", { textContent: row.meta }));
    for (const chip of row.chips) {
      const shape = element("span", { className: chip.soft ? "chip soft" : "chip", textContent: chip.name, title: chip.hint });
      shape.style.color = chip.colour;
      meta.append(shape);
    }
    if (row.why) meta.append(element("span", { className: "why", textContent: row.why }));
    const parts = [line, meta];
    if (row.open && row.abstract) parts.push(element("p", { className: "abstract", textContent: row.abstract }));
    if (row.figure) parts.push(this.figure(row));
    if (row.writing) parts.push(this.note(at, row));
    if (this.at === at) parts.push(this.bar(at, row));
    node.replaceChildren(...parts);
    if (row.writing && this.at === at) node.querySelector("textarea").focus();
  }

  mark(row) {
    const sign = row.star ? "★" : (this.looks[row.state]?.sign ?? "");
    const words = [row.star ? this.words.starred : "", this.looks[row.state]?.done ?? ""].filter(Boolean).join(", ");
    const shape = element("span", { className: "mark", textContent: sign, title: words });
    if (words) shape.setAttribute("aria-label", words);
    return shape;
  }

  bar(at, row) {
    const bar = element("div", { className: "bar", role: "toolbar" });
    bar.setAttribute("aria-label", this.words.actions);
    const button = (name, on, act) => {
      const shape = element("button", { type: "button", textContent: this.words[name] });
      shape.setAttribute("aria-pressed", on ? "true" : "false");
      shape.append(element("kbd", { textContent: this.words.keys[name] }));
      shape.addEventListener("click", act);
      bar.append(shape);
    };
    if (row.abstract) button("abstract", row.open, () => this.open(at));
    button("figure", Boolean(row.figure), () => this.see(at));
    for (const state of Object.keys(this.looks)) button(state, row.state === state, () => this.set(at, state));
    button("star", row.star, () => this.star(at));
    button("note", row.writing, () => this.write(at));
    return bar;
  }

  note(at, row) {
    const area = element("textarea", { value: row.draft ?? "", maxLength: 4000, placeholder: this.words.note_hint });
    area.setAttribute("aria-label", this.words.note_hint);
    area.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Escape") this.close(at);
      if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) this.keep(at);
    });
    const keep = element("button", { type: "button", textContent: this.words.keep });
    keep.addEventListener("click", () => this.keep(at));
    return element("div", { className: "note" }, area, keep);
  }

  figure(row) {
    if (row.figure.state === "asked") return element("p", { className: "quiet", role: "status", textContent: this.words.looking });
    if (!row.figure.source) return element("p", { className: "quiet", role: "status", textContent: row.figure.words });
    const picture = element("img", { src: row.figure.source, alt: row.figure.words, loading: "lazy" });
    return element("figure", {}, picture, element("figcaption", { textContent: row.figure.words }));
  }

  // What can be done.

  move(at, { focus = true, quiet = false, toggle = false } = {}) {
    if (at < 0 || at >= this.rows.length) return;
    const before = this.at;
    this.at = at;
    if (toggle && this.rows[at].abstract) this.rows[at].open = !this.rows[at].open;
    for (const place of new Set([before, at])) if (place >= 0) this.paint(place);
    const node = this.nodes[at];
    if (!quiet) {
      if (focus) node.focus({ preventScroll: true });
      node.scrollIntoView({ block: "nearest" });
    }
    if (at + AHEAD > this.rows.length && this.rows.length < this.total && this.wanted !== this.rows.length) {
      this.wanted = this.rows.length;
      this.setState("have", this.rows.length);
    }
    this.count();
  }

  open(at) {
    const row = this.rows[at];
    row.open = !row.open;
    this.paint(at);
    this.nodes[at].scrollIntoView({ block: "nearest" });
  }

  see(at) {
    const row = this.rows[at];
    if (row.figure) {
      row.figure = null;
    } else {
      row.figure = { state: "asked" };
      this.say({ act: "figure", id: row.id });
    }
    this.paint(at);
  }

  set(at, state) {
    const row = this.rows[at];
    const after = row.state === state ? null : state;
    this.change(at, { state: after }, { state: row.state });
    if (after && this.at === at) this.move(at + 1);
  }

  star(at) {
    this.change(at, { star: !this.rows[at].star }, { star: this.rows[at].star });
  }

  change(at, after, before) {
    Object.assign(this.rows[at], after);
    this.done.push({ at, before });
    this.say({ act: "mark", id: this.rows[at].id, ...after });
    this.paint(at);
    this.count();
  }

  undo() {
    const last = this.done.pop();
    if (!last) return;
    Object.assign(this.rows[last.at], last.before);
    this.say({ act: "mark", id: this.rows[last.at].id, ...last.before });
    this.paint(last.at);
    this.move(last.at);
  }

  write(at) {
    this.rows[at].writing = !this.rows[at].writing;
    this.paint(at);
  }

  close(at) {
    this.rows[at].draft = this.nodes[at].querySelector("textarea").value;
    this.rows[at].writing = false;
    this.paint(at);
    this.nodes[at].focus({ preventScroll: true });
  }

  keep(at) {
    const text = this.nodes[at].querySelector("textarea").value.trim();
    this.close(at);
    if (!text) return;
    this.rows[at].draft = "";
    this.say({ act: "note", id: this.rows[at].id, text });
  }

  go(at) {
    this.trigger("go", this.rows[at].id);
  }

  answer(id, answer) {
    const at = this.rows.findIndex((row) => row.id === id);
    if (at < 0 || this.rows[at].figure?.state !== "asked") return;
    this.rows[at].figure = answer;
    this.paint(at);
  }

  say(entry) {
    this.number += 1;
    this.log.push({ number: this.number, ...entry });
    this.tell();
  }

  tell() {
    const told = JSON.stringify(this.log);
    if (told === this.told) return;
    this.told = told;
    this.setState("log", this.log);
  }

  count() {
    const left = this.rows.filter((row) => !row.state).length;
    const words = this.words.place.replace("{n}", this.at + 1).replace("{of}", this.total).replace("{left}", left);
    this.root.querySelector("#place").textContent = this.rows.length ? words : "";
  }

  // Keys.

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || !this.root.isConnected) return;
    if (event.composedPath()[0].closest?.("input, textarea, select, [contenteditable], [role=dialog], [role=listbox]")) return;
    const letter = event.code?.startsWith("Key") ? event.code.slice(3).toLowerCase() : event.key;
    const name = event.key === "?" ? "?" : letter;
    if (name === "?") return this.stop(event, () => this.sheet());
    if (name === "Escape" && this.helping) return this.stop(event, () => this.sheet(false));
    if (this.off()) return;
    const acts = {
      j: () => this.move(this.at + 1), k: () => this.move(this.at - 1),
      ArrowDown: () => this.move(this.at + 1), ArrowUp: () => this.move(this.at - 1), Enter: () => this.open(this.at),
      o: () => this.open(this.at), f: () => this.see(this.at), n: () => this.write(this.at), t: () => this.star(this.at),
      s: () => this.set(this.at, "saved"), x: () => this.set(this.at, "skip"), r: () => this.set(this.at, "read"),
      u: () => this.undo(), g: () => this.go(this.at),
    };
    const act = acts[name];
    if (!act || this.at < 0) return;
    if (["ArrowDown", "ArrowUp", "Enter"].includes(name) && !this.inside(event)) return;
    if (name === "Enter" && event.composedPath()[0].closest?.("a, button")) return;
    this.stop(event, act);
  }

  inside(event) {
    return event.composedPath().includes(this.root);
  }

  stop(event, act) {
    event.preventDefault();
    act();
  }

  // Keys of one letter can be switched off (WCAG 2.1.4): a voice that is taken for typing would press them.

  off() {
    return localStorage.getItem("trendlab-keys") === "off";
  }

  sheet(shown = !this.helping) {
    this.helping = shown;
    const sheet = this.root.querySelector("#sheet");
    sheet.hidden = !shown;
    if (!shown || !this.words) return;
    const rows = this.words.sheet.map(([keys, words]) =>
      element("div", {}, element("dt", {}, ...keys.map((name) => element("kbd", { textContent: name }))), element("dd", { textContent: words })),
    );
    const box = element("input", { type: "checkbox", checked: !this.off() });
    box.addEventListener("change", () => localStorage.setItem("trendlab-keys", box.checked ? "on" : "off"));
    const label = element("label", {}, box, document.createTextNode(this.words.with_keys));
    sheet.replaceChildren(element("dl", {}, ...rows), label);
  }
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  if (properties.role) made.setAttribute("role", properties.role);
  made.append(...children);
  return made;
}
