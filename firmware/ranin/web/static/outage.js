// The outage panel: switches to break and mend with, and the time line of what the phone makes of it.
const LONGEST_S = 300, SHORTEST_S = 90, ROW = 34, TOP = 24, BOTTOM = 20, LETTER = 6.5, MOST_NOTES = 8;
const SVG = "http://www.w3.org/2000/svg";
const $ = (id) => document.getElementById(id);
let lanes = [], samples = [], notes = [], counted = 0, ahead = 0, turn = () => {};

/** Take what the phone says; `send` carries what hands do here. */
export function outageTold(words, send) {
  if (words.lanes) begin(words.lanes, send);
  if (words.switches) showSwitches(words.switches);
  if (words.outage) take(words.outage, words.now);
}

function begin(named, send) {
  lanes = named;
  samples = [];
  notes = [];
  counted = 0;
  $("notes").replaceChildren();
  turn = (key, on) => send({ turn: { key, on } });
  $("lanes").replaceChildren(...lanes.map(([key, name]) => {
    const row = make("div", ""), says = make("dd", "");
    row.dataset.lane = key;
    row.append(make("dt", name), says);
    return row;
  }));
}

function make(tag, words) {
  const element = document.createElement(tag);
  element.textContent = words;
  return element;
}

function showSwitches(rows) {
  $("outage").querySelector(".switches").hidden = !rows.length;
  for (const row of rows) {
    const button = $("outage").querySelector(`[data-switch="${CSS.escape(row.key)}"]`) ?? makeSwitch(row);
    if (row.on !== null) button.setAttribute("aria-pressed", row.on);
  }
}

function makeSwitch(row) {
  const button = make("button", row.label);
  button.type = "button";
  button.dataset.switch = row.key;
  button.className = row.on === null ? "press" : row.fault ? "switch fault" : "switch";
  button.onclick = () => turn(row.key, button.getAttribute("aria-pressed") !== "true");
  groupOf(row.group).append(button);
  return button;
}

function groupOf(name) {
  const place = $("outage").querySelector(".switches");
  const known = [...place.children].find((group) => group.getAttribute("aria-label") === name);
  if (known) return known;
  const group = make("div", "");
  group.setAttribute("role", "group");
  group.setAttribute("aria-label", name);
  const head = make("span", name);
  head.setAttribute("aria-hidden", "true");
  group.append(head);
  place.append(group);
  return group;
}

function take(fresh, now) {
  ahead = now - performance.now() / 1000;
  samples.push(...fresh);
  for (const sample of fresh) for (const note of sample.notes) tell({ ...note, number: ++counted });
  const newest = samples[samples.length - 1].lanes;
  for (const row of $("lanes").children) {
    const [state, words] = newest[row.dataset.lane] ?? ["off", ""];
    row.dataset.state = state;
    row.lastChild.textContent = row.lastChild.title = words;
  }
  draw();
}

/** The newest note on top of the list; only what is new is added, for whoever has it read aloud. */
function tell(note) {
  const row = make("li", ""), list = $("notes");
  row.append(make("b", note.number), make("time", new Date(note.t * 1000).toTimeString().slice(0, 8)), make("span", note.text));
  notes.push(note);
  list.prepend(row);
  if (list.children.length > MOST_NOTES) list.lastChild.remove();
}

function draw() {
  const now = ahead + performance.now() / 1000, picture = $("timeline");
  while (samples.length > 1 && samples[1].t < now - LONGEST_S) samples.shift();
  const shown_s = Math.min(LONGEST_S, Math.max(SHORTEST_S, now - samples[0].t)), first = now - shown_s;
  notes = notes.filter((note) => note.t >= first);
  const width = picture.parentElement.clientWidth, height = TOP + ROW * lanes.length + BOTTOM;
  const x = (t) => Math.max(0, (t - first) / shown_s * width);
  picture.setAttribute("viewBox", `0 0 ${width} ${height}`);
  picture.setAttribute("width", width);
  picture.setAttribute("height", height);
  picture.replaceChildren(
    ...minutes(shown_s, width, height),
    ...lanes.flatMap(([key], row) => lane(key, TOP + row * ROW, x, now, width)),
    ...marks(x, width, height),
  );
}

function shape(tag, kind, places, words) {
  const element = document.createElementNS(SVG, tag);
  if (kind) element.setAttribute("class", kind);
  for (const [name, value] of Object.entries(places)) element.setAttribute(name, value);
  if (words !== undefined) element.textContent = words;
  return element;
}

function minutes(shown_s, width, height) {
  return [0, 1, 2, 3, 4].filter((ago) => ago * 60 < shown_s - 15).flatMap((ago) => {
    const at = width * (1 - ago * 60 / shown_s);
    return [
      shape("line", "minute", { x1: at, x2: at, y1: TOP - 4, y2: height - BOTTOM }),
      shape("text", "axis", { x: at, y: height - 5, "text-anchor": ago ? "middle" : "end" }, ago ? `−${ago} min` : "now"),
    ];
  });
}

/** One lane: a bar for each time in which its state was the same, with the words that came last. */
function lane(key, top, x, now, width) {
  const bars = [];
  for (const { t, lanes: says } of samples) {
    const [state, words] = says[key] ?? ["off", ""], last = bars[bars.length - 1];
    if (last?.state === state) last.words = words;
    else bars.push({ state, words, t });
  }
  return [shape("rect", "track", { x: 0, y: top + 6, width, height: ROW - 12, rx: 5 }), ...bars.flatMap((bar, at) => {
    const from = x(bar.t), to = x(bars[at + 1]?.t ?? now), wide = Math.max(0, to - from - 1);
    if (bar.state === "off" || !wide) return [];
    const fits = bar.words.length * LETTER + 12 < wide;
    const drawn = [shape("rect", `bar ${bar.state}`, { x: from, y: top + 6, width: wide, height: ROW - 12, rx: Math.min(5, wide / 2) })];
    drawn[0].append(shape("title", "", {}, bar.words));
    if (fits) drawn.push(shape("text", `words ${bar.state}`, { x: from + 7, y: top + ROW / 2 + 3.5 }, bar.words));
    return drawn;
  })];
}

/** What happened, as numbers of the list below; those too close to tell apart share a mark. */
function marks(x, width, height) {
  const groups = [];
  for (const note of notes) {
    const at = Math.min(x(note.t), width - 10), last = groups[groups.length - 1];
    if (last && at - last.at < 26) last.notes.push(note);
    else groups.push({ at, notes: [note] });
  }
  return groups.map(({ at, notes: [one, ...more] }) => {
    const label = more.length ? `${one.number}–${more[more.length - 1].number}` : String(one.number), wide = 10 + label.length * 6;
    const left = Math.min(Math.max(0, at - wide / 2), width - wide), mark = shape("g", "mark", {});
    mark.append(
      shape("title", "", {}, [one, ...more].map((note) => note.text).join("\n")),
      shape("line", "", { x1: at, x2: at, y1: 18, y2: height - BOTTOM }),
      shape("rect", "", { x: left, y: 2, width: wide, height: 16, rx: 8 }),
      shape("text", "", { x: left + wide / 2, y: 13.5, "text-anchor": "middle" }, label),
    );
    return mark;
  });
}

new ResizeObserver(() => samples.length && draw()).observe($("timeline").parentElement);
setInterval(() => samples.length && !document.hidden && draw(), 1000);
