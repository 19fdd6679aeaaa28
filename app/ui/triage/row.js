// One paper in the list. All text is set as text. What is open in a row is built once and stays, so that a half-typed
// note and its caret survive whatever comes from the server.
class Row {
  constructor(list, at, paper) {
    Object.assign(this, { list, at, paper, figure: null });
    this.icons = element("span", { className: "marks" });
    this.link = element("a", { className: "title", tabIndex: -1 });
    this.link.addEventListener("click", (event) => {
      if (event.metaKey || event.ctrlKey || event.shiftKey) return;
      event.preventDefault();
      // A finger opens the paper in place, wherever it meets the row: it hits a line no wider than this one at random.
      if (event.pointerType === "touch") list.tap(at);
      else list.go(at);
    });
    this.meta = element("div", { className: "meta" });
    this.told = element("p", { className: "told" });
    this.head = element("div", { className: "head" }, this.icons, this.link, this.meta, this.told);
    this.head.addEventListener("click", (event) => {
      if (!event.target.closest("a")) list.tap(at);
    });
    this.node = element("li", { className: "row", tabIndex: -1 }, this.head);
    // By the keyboard only: a pointer's press comes with a click, and nothing may move between the two.
    this.node.addEventListener("focusin", (event) => {
      if (event.target.matches(":focus-visible") && list.at !== at) list.move(at, { focus: false });
    });
    this.node.dataset.id = paper.id;
    this.take(paper);
  }

  take(paper) {
    this.paper = paper;
    this.link.textContent = paper.title;
    this.link.href = paper.href;
    const parts = paper.fresh ? [element("span", { className: "fresh", textContent: this.list.words.fresh })] : [];
    parts.push(element("span", { textContent: paper.meta }));
    for (const chip of paper.chips) {
      const shape = element("span", { className: chip.soft ? "chip soft" : "chip", textContent: chip.name, title: chip.hint });
      shape.style.setProperty("--light", chip.light);
      shape.style.setProperty("--dark", chip.dark);
      parts.push(shape);
    }
    if (paper.why) parts.push(element("span", { className: "why", textContent: paper.why }));
    this.meta.replaceChildren(...parts);
    this.told.textContent = paper.told ? `${paper.told.words} (${paper.told.by})` : "";
    this.told.hidden = !paper.told;
    this.paint();
  }

  paint() {
    const { state, star } = this.list.mark(this.paper.id);
    const here = this.list.at === this.at;
    this.node.dataset.state = state ?? "";
    this.node.toggleAttribute("data-star", star);
    this.node.setAttribute("aria-current", here ? "true" : "false");
    this.link.tabIndex = here ? 0 : -1;
    const marks = [state, star && "star", this.paper.notes && "note"].filter(Boolean);
    this.icons.replaceChildren(...marks.map((name) => icon(this.list.looks[name].icon, this.list.looks[name].done)));
  }

  get opened() {
    return Boolean(this.abstract) && !this.abstract.hidden;
  }

  open() {
    if (!this.paper.abstract) return;
    if (!this.abstract) {
      this.abstract = element("p", { className: "abstract", textContent: this.paper.abstract, hidden: true });
      this.head.after(this.abstract);
    }
    this.abstract.hidden = !this.abstract.hidden;
  }

  get writing() {
    return Boolean(this.note) && !this.note.hidden;
  }

  write(shown = !this.writing) {
    this.note ??= this.form();
    this.note.hidden = !shown;
    if (shown) this.note.querySelector("textarea").focus();
    else this.node.focus({ preventScroll: true });
    this.list.bar.paint();
  }

  form() {
    const { words } = this.list;
    const area = element("textarea", { maxLength: 4000, placeholder: words.note_hint });
    area.setAttribute("aria-label", words.note_hint);
    const keep = () => {
      const text = area.value.trim();
      area.value = "";
      this.write(false);
      if (text) this.list.noted(this, text);
    };
    area.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      if (event.key === "Escape") this.write(false);
      if (event.key === "Enter" && (event.metaKey || event.ctrlKey)) keep();
    });
    const buttons = [element("button", { type: "button", textContent: words.keep }), element("button", { type: "button", textContent: words.cancel })];
    buttons[0].addEventListener("click", keep);
    buttons[1].addEventListener("click", () => this.write(false));
    const form = element("div", { className: "note" }, area, element("div", { className: "buttons" }, ...buttons));
    this.node.append(form);
    return form;
  }

  // The figure: null, "asked", or what the server answered.
  show(figure) {
    this.figure = figure;
    this.picture?.remove();
    if (!figure) return;
    this.picture = figure.source ? this.drawn(figure) : element("p", { className: "quiet", textContent: figure.words ?? this.list.words.looking });
    if (!figure.source) this.picture.setAttribute("role", "status");
    if (this.note) this.note.before(this.picture);
    else this.node.append(this.picture);
  }

  drawn(figure) {
    const alt = this.list.words.figure_of.replace("{title}", () => this.paper.title);
    return element("figure", {}, element("img", { src: figure.source, alt }), element("figcaption", { textContent: figure.words }));
  }
}

function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

// An icon of the font that the app has; words for who does not see it.
function icon(name, words) {
  const made = element("span", { className: "icon", textContent: name, title: words ?? "" });
  if (words) {
    made.setAttribute("role", "img");
    made.setAttribute("aria-label", words);
  } else made.setAttribute("aria-hidden", "true");
  return made;
}
