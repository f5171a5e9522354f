// The front panel: draws what the phone shows, sends what hands do, carries sound both ways.
import { outageTold } from "/outage.js";

const KEYS = [
  ["1", "", "key"], ["2", "ABC", "key"], ["3", "DEF", "key"], ["menu", "Menu", "fn"],
  ["4", "GHI", "key"], ["5", "JKL", "key"], ["6", "MNO", "key"], ["up", "▲", "fn"],
  ["7", "PQRS", "key"], ["8", "TUV", "key"], ["9", "WXYZ", "key"], ["down", "▼", "fn"],
  ["*", "", "key"], ["0", "+", "key"], ["#", "", "key"], ["ok", "OK", "fn ok"],
  ["mute", "Mute", "fn"], ["message", "Messages", "fn"], ["redial", "Redial", "fn"], ["cancel", "Cancel", "fn cancel"],
];
const SPEAKER = ["speaker", "Key: hands free"];
const SOFT = [["soft1", "left"], ["soft2", "middle"], ["soft3", "right"]];
const BOARD = { s: "speaker", F1: "soft1", F2: "soft2", F3: "soft3", Enter: "ok", Escape: "cancel", ArrowUp: "up", ArrowDown: "down", m: "mute", r: "redial", v: "message", n: "menu" };
const DISPLAY = 1, EARPIECE = 2;
const LIT = [168, 216, 255], DARK = [4, 8, 18];
const $ = (id) => document.getElementById(id);
const buttons = new Map();
const AWAY = "The phone does not answer. Is it still running? Trying again…";
let unsent = []; // said while the socket is being opened
let socket, lifted = false, sound = null, machine = false; // machine: the sound is in the room, not here

function say(text) {
  $("notice").textContent = text;
  $("notice").hidden = !text;
}

function send(words) {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(words));
  else if (socket.readyState === WebSocket.CONNECTING) unsent.push(words);
}

function connect() {
  socket = new WebSocket(`ws://${location.host}/live`);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    if ($("notice").textContent === AWAY) say("");
    if (sound?.microphone) send({ speak: true });
    for (const words of unsent.splice(0)) send(words);
  };
  socket.onmessage = (event) => (typeof event.data === "string" ? told(JSON.parse(event.data)) : carried(event.data));
  socket.onclose = () => { say(AWAY); unsent = []; setTimeout(connect, 1000); };
}

function told(words) {
  if (words.numbers) { listNumbers(words.numbers); machine = words.machine; }
  if (words.lamps) for (const [lamp, on] of Object.entries(words.lamps)) document.querySelector(`[data-lamp="${lamp}"]`).dataset.on = on ? "1" : "0";
  if ("lifted" in words) { lifted = words.lifted; $("hook").setAttribute("aria-pressed", lifted); }
  if ("text" in words && $("said").textContent !== words.text) $("said").textContent = words.text;
  if (words.error) say(words.error);
  outageTold(words, send);
}

function carried(data) {
  const kind = new Uint8Array(data, 0, 1)[0];
  if (kind === DISPLAY) draw(new Uint8Array(data));
  else sound?.play(kind === EARPIECE ? "ear" : "ringer", new Int16Array(data.slice(1)));
}

function draw(bytes) {
  const width = bytes[1] + 1, height = bytes[2] + 1, stride = Math.ceil(width / 8), canvas = $("display");
  if (canvas.width !== width) { canvas.width = width; canvas.height = height; }
  const context = canvas.getContext("2d"), picture = context.createImageData(width, height);
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) {
    const on = bytes[3 + y * stride + (x >> 3)] & (128 >> (x & 7));
    picture.data.set([...(on ? LIT : DARK), 255], (y * width + x) * 4);
  }
  context.putImageData(picture, 0, 0);
}

function listNumbers(numbers) {
  $("numbers").replaceChildren(...numbers.flatMap(([number, about]) => [text("dt", number), text("dd", about)]));
}

function text(tag, words) {
  const element = document.createElement(tag);
  element.textContent = words;
  return element;
}

const SHORTEST_MS = 60; // a tap quicker than the keypad's scan would be a bounce
const since = new Map();

function press(key) {
  wake();
  since.set(key, performance.now());
  buttons.get(key).classList.add("down");
  send({ press: key });
}

function release(key) {
  setTimeout(() => {
    buttons.get(key).classList.remove("down");
    send({ release: key });
  }, Math.max(0, SHORTEST_MS - (performance.now() - since.get(key))));
}

function makeKeys() {
  for (const [key, where] of SOFT) $("soft").append(makeKey(key, "soft-key", `Key below the display, ${where}`));
  const speaker = makeKey(SPEAKER[0], "soft-key hands", SPEAKER[1]);
  speaker.append("speaker");
  $("soft").append(speaker);
  for (const [key, label, kind] of KEYS) {
    const plain = kind === "key";
    const button = makeKey(key, plain ? "key" : `key ${kind}`, plain ? key : label.length > 1 ? label : key);
    button.append(plain ? key : label);
    if (plain) button.append(text("small", label));
    $("keys").append(button);
  }
}

function makeKey(key, kind, label) {
  const button = document.createElement("button");
  button.className = kind;
  button.dataset.key = key;
  button.setAttribute("aria-label", label);
  button.onpointerdown = (event) => { event.preventDefault(); button.setPointerCapture(event.pointerId); press(key); };
  button.onpointerup = button.onpointercancel = () => release(key);
  button.onclick = (event) => { if (event.detail === 0) { press(key); release(key); } };
  buttons.set(key, button);
  return button;
}

function moveHook() { wake(); send({ lifted: !lifted }); if (!lifted) sound?.listen(); }

const held = new Set();
function keyOf(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || event.target.closest?.("form, summary")) return null;
  return /^[0-9*#]$/.test(event.key) ? event.key : BOARD[event.key] ?? null;
}
addEventListener("keydown", (event) => {
  if (event.repeat || event.target.closest?.("form, summary")) return;
  if ((event.key === " " || event.key === "Enter") && event.target.closest?.(".switches")) return;
  if (event.key === " ") { event.preventDefault(); moveHook(); return; }
  const key = keyOf(event);
  if (key) { event.preventDefault(); held.add(key); press(key); }
});
addEventListener("keyup", (event) => {
  const key = /^[0-9*#]$/.test(event.key) ? event.key : BOARD[event.key];
  if (held.delete(key)) release(key);
});
addEventListener("blur", () => { for (const key of held) release(key); held.clear(); });

class Sound {
  constructor() { this.context = new AudioContext({ sampleRate: 48000, latencyHint: "interactive" }); this.out = {}; this.ready = this.start(); }
  async start() {
    await this.context.audioWorklet.addModule("/worklet.js");
    for (const name of ["ear", "ringer"]) {
      this.out[name] = new AudioWorkletNode(this.context, "ranin-speaker", { outputChannelCount: [2] });
      this.out[name].connect(this.context.destination);
    }
    this.ear = this.context.createAnalyser();
    this.ear.fftSize = 8192;
    this.out.ear.connect(this.ear);
  }
  play(name, samples) { this.out[name]?.port.postMessage(samples, [samples.buffer]); }
  async listen() {
    if (this.listening) return;
    this.listening = true;
    try {
      await this.ready;
      const stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: false, autoGainControl: false } });
      this.microphone = new AudioWorkletNode(this.context, "ranin-microphone");
      this.context.createMediaStreamSource(stream).connect(this.microphone);
      this.microphone.port.onmessage = (event) => { if (lifted && socket.readyState === WebSocket.OPEN) socket.send(event.data.buffer); };
      send({ speak: true });
      say("");
    } catch (error) {
      this.listening = false;
      say("The microphone is blocked or missing: people you call will not hear you. Allow it beside the address and lift again.");
    }
  }
}

function wake() {
  if (machine) return;
  if (sound) { sound.context.resume(); return; }
  sound = new Sound();
  window.raninSound = sound;
  if (lifted) sound.listen();
}

async function openSettings() {
  if (!$("setup").open) return;
  const fields = await (await fetch("/settings")).json();
  $("form").replaceChildren(...fields.fields.map(formField), Object.assign(text("button", "Apply"), { type: "submit" }));
}

function formField(field) {
  const label = text("label", field.label);
  const input = document.createElement(field.choices ? "select" : "input");
  for (const [value, name] of field.choices ?? []) input.append(Object.assign(text("option", name), { value }));
  input.name = field.key;
  if (field.secret) { input.type = "password"; input.placeholder = field.set ? "unchanged" : "not set"; } else input.value = field.value;
  const wrong = text("span", "");
  wrong.className = "wrong";
  wrong.dataset.wrong = field.key;
  label.append(input, wrong);
  label.title = field.says;
  return label;
}

async function applySettings(event) {
  event.preventDefault();
  const fields = {};
  for (const input of $("form").querySelectorAll("input, select")) if (input.type !== "password" || input.value) fields[input.name] = input.value;
  const answer = await fetch("/settings", { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(fields) });
  const mistakes = new Map((await answer.json()).mistakes);
  for (const wrong of $("form").querySelectorAll(".wrong")) wrong.textContent = mistakes.get(wrong.dataset.wrong) ?? "";
  if (!mistakes.size) { $("setup").open = false; say(""); }
}

makeKeys();
$("hook").onclick = moveHook;
$("hook").onkeydown = (event) => { if (event.key === "Enter") event.stopPropagation(); };
$("setup").ontoggle = openSettings;
$("form").onsubmit = applySettings;
connect();
