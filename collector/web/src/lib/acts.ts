// What people do to incidents: acknowledge, take, note, shelve, judge.
import { signal } from "@preact/signals";
import { post, Problem, session } from "./api";
import { t } from "./i18n";
import { incidents } from "./live";
import type { Alarm, Incident } from "./types";

export const toast = signal<string | null>(null);
let clearing = 0;

export function say(text: string): void {
	toast.value = text;
	clearTimeout(clearing);
	clearing = window.setTimeout(() => (toast.value = null), 6000);
}

/** Set while somebody without a name wants to act: the dialog asks and then calls it. */
export const askName = signal<((name: string) => void) | null>(null);

/** Under which name this person acts; null: not said yet. */
export const me = () => session.value?.user ?? localStorage.getItem("lw.by");

export function withName(f: (by?: string) => void): void {
	if (session.value?.user) return f();
	const known = me();
	if (known) return f(known);
	askName.value = (name) => {
		localStorage.setItem("lw.by", name);
		f(name);
	};
}

function put(i: Incident): void {
	const next = new Map(incidents.value);
	next.set(i.incident, { ...next.get(i.incident), ...i });
	incidents.value = next;
}

export const complain = (e: unknown) => say(e instanceof Problem ? e.message : String(e));

function act(n: number, what: "ack" | "take", done: string): void {
	withName((by) => {
		post<Incident>(`/incidents/${n}/${what}`, by ? { by } : {}).then((i) => {
			put(i);
			say(t(done, { n }));
		}, complain);
	});
}

export const acknowledge = (n: number) => act(n, "ack", "incident.acknowledged");
export const take = (n: number) => act(n, "take", "incident.taken");

/** The same with a promise: of what came back, once somebody has said who they are. */
export const named = <T>(path: string, body: object): Promise<T> =>
	new Promise((done, failed) => withName((by) => post<T>(path, by ? { ...body, by } : body).then(done, failed)));

export const note = (n: number, text: string) => named(`/incidents/${n}/note`, { text });
export const verdict = (n: number, v: string) => named(`/incidents/${n}/verdict`, { verdict: v });
export const shelve = (alarm: number, seconds: number, reason: string) =>
	named<Alarm>(`/alarms/${alarm}/shelve`, { seconds, reason: reason || undefined });
