// A list of papers that reads like mail. What is pressed is painted at once and told afterwards, in one log that grows
// until the server has taken note of it, so that no key is lost however fast they come.
const AHEAD = 40; // rows below the current one at which more are asked for
const LOOK = 1000; // milliseconds until a figure is asked for again
const AGAIN = 10000; // milliseconds until what was not answered is told again
const SOON = 3000; // milliseconds in which the next page may have been drawn before what was pressed had been noted

export default function ({ data, setStateValue, parentElement }) {
  const root = parentElement.querySelector("#triage");
  const list = (root.list ??= new Triage(root));
  const turn = list.update(data, setStateValue);
  return () => list.leave(turn);
}

class Triage {
  constructor(root) {
    this.root = root;
    this.holder = root.querySelector("#rows");
    this.rows = [];
    this.marks = new Map(); // how a paper stands, of those that were marked
    this.at = -1;
    this.log = [];
    this.done = []; // what undo takes back, the last at the end
    this.number = this.turn = this.tick = this.since = 0;
    this.bar = new Bar(this);
    this.name = `${Date.now()}-${Math.random()}`; // among the lists whose log the tab keeps
  }

  // A call that was overtaken by the next one is ended after that has begun: only the last one leaves.
  leave(turn) {
    if (turn !== this.turn) return;
    this.bar.leave();
    clearTimeout(this.timer);
    standing.delete(this.name);
    if (this.pressed().length || Date.now() - this.since < SOON) window.dispatchEvent(new Event(LEFT));
  }

  update(data, setState) {
    Object.assign(this, { setState, looks: data.looks, total: data.total, groups: data.groups });
    if (!this.words) {
      this.words = data.words;
      this.bar.speak(data.words);
    }
    this.root.dataset.theme = data.dark ? "dark" : "light";
    standing.add(this.name);
    this.log = this.log.filter((entry) => entry.number > data.noted);
    untold.keep(this.name, this.pressed());
    this.number = Math.max(this.number, data.noted);
    if (data.marks) this.stand(data.marks);
    this.take(data);
    for (const [id, answer] of Object.entries(data.figures)) this.answer(id, answer);
    this.later();
    this.bar.listen();
    return ++this.turn;
  }

  // The server's word on how all papers stand, but for what it has not heard of yet.
  stand(marks) {
    const untold = this.log.filter((entry) => entry.act === "mark").map((entry) => [entry.id, this.mark(entry.id)]);
    this.marks = new Map([...Object.entries(marks), ...untold]);
    this.rows.forEach((row) => row.paint());
    this.bar.paint();
  }

  take(data) {
    if (data.from > this.rows.length) return this.tell(); // this list begins anew: the server thinks it has more
    const first = !this.rows.length;
    data.rows.forEach((paper, place) => {
      const known = this.rows[data.from + place];
      if (known) known.take(paper);
      else this.add(paper);
    });
    if (first && this.rows.length) {
      this.move(Math.min(data.start, this.rows.length - 1), { focus: false, scroll: data.start > 0 });
    } else if (this.wish !== undefined && this.wish < this.rows.length) this.move(this.wish);
    this.count();
  }

  add(paper) {
    const at = this.rows.length;
    const row = new Row(this, at, paper);
    if (at === 0 || this.rows[at - 1].paper.group !== paper.group) {
      const name = this.groups[paper.group];
      this.section = element("ol", {});
      if (name) this.holder.append(element("h2", { textContent: name }));
      this.holder.append(this.section);
    }
    this.section.append(row.node);
    this.rows.push(row);
  }

  mark(id) {
    return this.marks.get(id) ?? { state: null, star: false };
  }

  count() {
    const left = this.total - [...this.marks.values()].filter((mark) => mark.state).length;
    const say = (words) => words.replace("{n}", this.at + 1).replace("{of}", this.total).replace("{left}", left);
    this.root.querySelector("#place").textContent = this.rows.length ? say(this.words.place) : "";
    if (this.rows.length < this.total) return;
    this.end ??= this.holder.appendChild(element("p", { className: "quiet" }));
    this.end.textContent = left > 0 ? say(this.words.end) : this.words.done;
  }

  // Where one stands.

  step(by) {
    this.move((this.wish ?? this.at) + by);
  }

  tap(at) {
    this.move(at, { focus: false });
    this.open();
  }

  move(at, { focus = true, scroll = true } = {}) {
    this.wish = at >= this.rows.length && this.rows.length < this.total ? Math.min(at, this.total - 1) : undefined;
    const row = this.rows[at];
    if (row) {
      const before = this.rows[this.at];
      this.at = at;
      before?.paint();
      row.paint();
      // Who presses the bar's buttons from the keyboard stays there.
      if (focus && !this.bar.acts.contains(this.root.getRootNode().activeElement)) row.node.focus({ preventScroll: true });
      if (scroll) row.node.scrollIntoView({ block: "nearest" });
      this.bar.paint();
      this.count();
    }
    if (this.more() && this.asked !== this.rows.length) {
      this.asked = this.rows.length;
      this.tell();
    }
  }

  more() {
    return this.rows.length < this.total && (this.wish ?? this.at) + AHEAD > this.rows.length;
  }

  // What is done with the current paper.

  open() {
    this.shown((row) => row.open());
  }

  see() {
    this.shown((row) => row.show(row.figure ? null : { asked: true }));
    this.tell();
  }

  write() {
    this.shown((row) => row.write());
  }

  shown(change) {
    const row = this.rows[this.at];
    if (!row) return;
    change(row);
    row.node.scrollIntoView({ block: "nearest" });
    this.bar.paint();
  }

  set(state) {
    const row = this.rows[this.at];
    if (!row) return;
    const after = this.mark(row.paper.id).state === state ? null : state;
    this.change(row, { state: after });
    if (after) this.step(1);
  }

  star() {
    const row = this.rows[this.at];
    if (row) this.change(row, { star: !this.mark(row.paper.id).star });
  }

  change(row, after, { back = false } = {}) {
    const { id } = row.paper;
    const now = this.mark(id);
    const before = Object.fromEntries(Object.keys(after).map((name) => [name, now[name]]));
    this.marks.set(id, { ...now, ...after });
    if (!back) this.done.push({ row, before });
    this.say({ act: "mark", id, ...after });
    row.paint();
    this.bar.paint();
    this.count();
  }

  undo() {
    const last = this.done.pop();
    if (!last) return;
    this.change(last.row, last.before, { back: true });
    this.move(last.row.at);
  }

  noted(row, text) {
    row.paper.notes += 1;
    row.paint();
    this.say({ act: "note", id: row.paper.id, text });
  }

  go(at) {
    if (this.rows[at]) this.say({ act: "go", id: this.rows[at].paper.id });
  }

  // What the server is told.

  answer(id, answer) {
    const row = this.rows.find((one) => one.paper.id === id);
    if (row?.figure?.asked) row.show(answer);
  }

  say(entry) {
    this.number += 1;
    this.log.push({ number: this.number, ...entry });
    if (entry.act !== "go") this.since = Date.now();
    untold.keep(this.name, this.pressed());
    this.tell();
  }

  // What was done and not only looked at: it must come to the catalog, wherever one has gone since.
  pressed() {
    return this.log.filter((entry) => entry.act !== "go");
  }

  wanted() {
    return this.rows.filter((row) => row.figure?.asked).map((row) => row.paper.id);
  }

  waits() {
    return !this.rows.length || this.log.length > 0 || this.wanted().length > 0 || this.more();
  }

  tell() {
    this.tick += 1; // a value that is told twice is another value
    this.setState("told", { tick: this.tick, have: this.rows.length, more: this.more(), figures: this.wanted(), log: this.log });
    this.later();
  }

  // What was not answered is told again: it may have met a busy catalog.
  later() {
    clearTimeout(this.timer);
    if (this.waits()) this.timer = setTimeout(() => this.root.isConnected && this.tell(), this.wanted().length ? LOOK : AGAIN);
  }
}
