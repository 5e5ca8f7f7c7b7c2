// Two falling tones and a changed title when something critical opens. Browsers allow sound only
// after a touch; until then the wall offers a button.
import { effect, signal } from "@preact/signals";
import { t } from "./i18n";
import { blind, incidents, listen } from "./live";
import { alarmWord, atRest, placeOf } from "./words";

let audio: AudioContext | null = null;
export const soundReady = signal(false);
/** What a screen reader is told; a new text is read out. */
export const announcement = signal("");

export function startSound(): void {
	audio ??= new AudioContext();
	audio.resume().then(() => {
		soundReady.value = audio!.state === "running";
		if (soundReady.value) tone(880, 0, 0.12);
	});
}

function tone(hertz: number, at: number, seconds: number): void {
	const o = audio!.createOscillator();
	const g = audio!.createGain();
	const start = audio!.currentTime + at;
	o.frequency.value = hertz;
	g.gain.setValueAtTime(0.0001, start);
	g.gain.exponentialRampToValueAtTime(0.3, start + 0.02);
	g.gain.exponentialRampToValueAtTime(0.0001, start + seconds);
	o.connect(g).connect(audio!.destination);
	o.start(start);
	o.stop(start + seconds);
}

function ring(): void {
	document.documentElement.dataset.rang = String(Date.now());
	if (!soundReady.value) return;
	[0, 0.5, 1].forEach((at) => {
		tone(988, at, 0.2);
		tone(740, at + 0.2, 0.25);
	});
}

const rung = new Map<number, string>();

/** Ring once per incident and severity: opened critical, or grown to it. */
export function startSounds(): void {
	listen((h) => {
		if (h.type === "reload")
			for (const i of incidents.value.values()) if (!rung.has(i.incident)) rung.set(i.incident, i.severity);
		if (h.type !== "incident" || h.data.state !== "open") return;
		const before = rung.get(h.data.incident);
		rung.set(h.data.incident, h.data.severity);
		if (before === h.data.severity) return;
		const text = `${t(`severity.${h.data.severity}`)}: ${placeOf(h.data)}, ${alarmWord(h.data.root_code)}`;
		if (h.data.severity === "critical") {
			announcement.value = text;
			ring();
		} else if (!before) announcement.value = text;
	});
	addEventListener("pointerdown", startSound, { once: true });
	effect(() => {
		let critical = 0;
		for (const i of incidents.value.values())
			if (!atRest(i) && i.severity === "critical" && !i.owner) critical++;
		const mark = blind.value ? "■ " : critical ? `(${critical}◆) ` : "";
		document.title = `${mark}111 · linewatch`;
	});
}
