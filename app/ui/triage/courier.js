// Tells what was pressed in lists that are gone, until the server has taken note of it.
const AGAIN = 10000; // milliseconds until what was not answered is told again: it may have met a busy catalog

export default function ({ data, setTriggerValue, parentElement }) {
  const root = parentElement.querySelector("span");
  for (const list of data.noted) untold.keep(list, []);
  const carry = () => {
    clearTimeout(root.timer);
    const left = untold.left();
    const lists = left.map(({ list }) => list).join();
    if (!left.length) return;
    const wait = root.told === lists ? root.since + AGAIN - Date.now() : 0;
    if (wait <= 0) {
      Object.assign(root, { told: lists, since: Date.now() });
      setTriggerValue("left", left);
    }
    root.timer = setTimeout(carry, wait > 0 ? wait : AGAIN);
  };
  // Where all was noted meanwhile, the page is drawn anew all the same: it may offer to take it back.
  const hear = () => (untold.left().length ? carry() : setTriggerValue("left", []));
  window.addEventListener(LEFT, hear);
  carry();
  return () => {
    window.removeEventListener(LEFT, hear);
    clearTimeout(root.timer);
  };
}
