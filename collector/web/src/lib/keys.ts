// The keyboard: / search, j k move, a acknowledge, ? help, g + letter goes to a page.
import { signal } from "@preact/signals";
import { acknowledge } from "./acts";
import { go } from "./router";

export const searchOpen = signal(false);
export const helpOpen = signal(false);

const GOES: Record<string, string> = {
	w: "/",
	i: "/incidents",
	u: "/uptime",
	r: "/report",
	m: "/maintenance",
	q: "/quality",
	o: "/oncall",
	s: "/setup",
};

function move(by: number): void {
	const rows = [...document.querySelectorAll<HTMLElement>("[data-row]")];
	if (!rows.length) return;
	const at = rows.indexOf(document.activeElement as HTMLElement);
	const next = at < 0 ? (by > 0 ? 0 : rows.length - 1) : Math.min(Math.max(at + by, 0), rows.length - 1);
	rows[next].focus();
	rows[next].scrollIntoView({ block: "nearest" });
}

function ack(): void {
	const chosen = document.activeElement?.closest<HTMLElement>("[data-incident]");
	const only = document.querySelector<HTMLElement>("main[data-incident]");
	const n = Number((chosen ?? only)?.dataset.incident);
	if (n) acknowledge(n);
}

const KEYS: Record<string, () => void> = {
	"/": () => (searchOpen.value = true),
	"?": () => (helpOpen.value = true),
	j: () => move(1),
	k: () => move(-1),
	a: ack,
};

let going = 0;

/** A button may claim a key: <button data-key="1">. */
function press(key: string): boolean {
	const claimed = /^\d$/.test(key) && document.querySelector<HTMLButtonElement>(`button[data-key="${key}"]`);
	if (!claimed) return false;
	claimed.click();
	return true;
}

function onKey(e: KeyboardEvent): void {
	if (e.ctrlKey || e.metaKey || e.altKey) return;
	const el = e.target as HTMLElement;
	if (el.closest("input, textarea, select, dialog, [contenteditable]")) return;
	if (Date.now() - going < 1500 && GOES[e.key]) {
		going = 0;
		go(GOES[e.key]);
		return;
	}
	if (e.key === "g") {
		going = Date.now();
		return;
	}
	if (press(e.key)) return;
	const f = KEYS[e.key];
	if (!f) return;
	e.preventDefault();
	f();
}

export const startKeys = () => document.addEventListener("keydown", onKey);
