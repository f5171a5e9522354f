// Sound between the page and the phone: 48 kHz 16-bit mono, on the audio thread.
const START = 48000 * 0.06; // heard after this much has come, against gaps
const MOST = 48000 * 0.25;  // more than this is late: skip to the newest

class Speaker extends AudioWorkletProcessor {
  constructor() {
    super();
    this.parts = [];
    this.waiting = 0;
    this.place = 0;
    this.playing = false;
    this.port.onmessage = (event) => {
      this.parts.push(event.data);
      this.waiting += event.data.length;
      while (this.waiting > MOST && this.parts.length > 1) {
        this.waiting -= this.parts.shift().length - this.place;
        this.place = 0;
      }
    };
  }
  process(inputs, outputs) {
    const out = outputs[0][0];
    if (!this.playing && this.waiting >= START) this.playing = true;
    for (let i = 0; i < out.length && this.playing; i++) {
      const part = this.parts[0];
      if (!part) { this.playing = false; break; }
      out[i] = part[this.place++] / 32768;
      this.waiting--;
      if (this.place === part.length) { this.parts.shift(); this.place = 0; }
    }
    for (const channel of outputs[0].slice(1)) channel.set(out);
    return true;
  }
}

class Microphone extends AudioWorkletProcessor {
  constructor() {
    super();
    this.frame = new Int16Array(480);
    this.count = 0;
  }
  process(inputs) {
    const sound = inputs[0][0];
    if (!sound) return true;
    for (const sample of sound) {
      this.frame[this.count++] = Math.max(-1, Math.min(1, sample)) * 32767;
      if (this.count === this.frame.length) {
        this.port.postMessage(this.frame.slice());
        this.count = 0;
      }
    }
    return true;
  }
}

registerProcessor("ranin-speaker", Speaker);
registerProcessor("ranin-microphone", Microphone);
