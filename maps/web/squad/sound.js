// The sound of a new order. Browsers allow none before the page was touched.

import { set } from "../phone/state.js";

const NOTES_HZ = [660, 880, 660, 880];
const NOTE_S = 0.22;

/** @type {AudioContext | null} */
let audio = null;

/** Whether it would be heard. */
export function isOn() {
  return audio?.state === "running" || !("AudioContext" in window);
}

/** @param {() => void} more what else waits for the first touch */
export function onFirstTouch(more) {
  const events = ["pointerdown", "keydown"];
  const touched = async () => {
    for (const event of events) document.removeEventListener(event, touched);
    more();
    if (!("AudioContext" in window)) return;
    audio = new AudioContext();
    await audio.resume();
    set({});
  };
  for (const event of events) document.addEventListener(event, touched);
}

export function ring() {
  navigator.vibrate?.([300, 150, 300]);
  if (audio?.state !== "running") return;
  const begin = audio.currentTime;
  NOTES_HZ.forEach((pitch, i) => note(/** @type {AudioContext} */ (audio), pitch, begin + i * NOTE_S));
}

/** @param {AudioContext} audio @param {number} pitch @param {number} at */
function note(audio, pitch, at) {
  const tone = new OscillatorNode(audio, { frequency: pitch, type: "triangle" });
  const volume = new GainNode(audio, { gain: 0 });
  volume.gain.setValueAtTime(0.6, at);
  volume.gain.exponentialRampToValueAtTime(0.01, at + NOTE_S);
  tone.connect(volume).connect(audio.destination);
  tone.start(at);
  tone.stop(at + NOTE_S);
}
