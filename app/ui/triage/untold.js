// What was pressed in a list and no server has taken note of. The tab keeps it, by the list, so that it outlives the
// list: one that stands on the page tells it by itself, of one that is gone the courier does.
const UNTOLD = "trendlab-untold";
const LEFT = "trendlab-left"; // the event that a list was left, a moment after something was pressed in it
const standing = (window.trendlabLists ??= new Set());

const untold = {
  all: () => JSON.parse(sessionStorage.getItem(UNTOLD) ?? "{}"),

  keep(list, log) {
    const all = this.all();
    if (!log.length && !(list in all)) return;
    if (log.length) all[list] = log;
    else delete all[list];
    sessionStorage.setItem(UNTOLD, JSON.stringify(all));
  },

  left() {
    return Object.entries(this.all())
      .filter(([list]) => !standing.has(list))
      .map(([list, log]) => ({ list, log }));
  },
};
