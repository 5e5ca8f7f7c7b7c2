// The collector's state, kept current by server-sent events.
//
// Happy path: load /status and the incidents, then follow /events from the number that the status
// names. Failure paths: silence for 4.2 s (heartbeats come every 2 s) makes the page blind at once;
// from then on a new connection is tried every 3 s, and only a fresh /status ends blindness. A
// `reset` event, or any reconnect, loads everything anew: nothing is ever patched over a hole.
import { batch, computed, effect, signal } from "@preact/signals";
import { api, get, loadSession, post, Problem, session, signedOut } from "./api";
import { withPart } from "./spine";
import type { Alarm, Capacity, EntityState, Incident, LogEvent, Maintenance, Oncall, Session, Start, Status } from "./types";

export const status = signal<Status | null>(null);
export const incidents = signal<Map<number, Incident>>(new Map());
export const oncall = signal<Oncall | null>(null);
export const blind = signal(false);
export const heardAt = signal(0); // wall time by this machine
/** Local time less the collector's; ages are judged by the collector's clock. */
let offset = 0;
export const now = signal(Date.now());
/** The same to the minute, for what need not be drawn each second. */
export const minute = computed(() => Math.floor(now.value / 60e3) * 60e3);

export type Happening =
	| { type: "alarm"; data: Alarm }
	| { type: "incident"; data: Incident }
	| { type: "capacity"; data: Capacity }
	| { type: "state"; data: { entity: string; kind: string; state: string; since: string } }
	| { type: "maintenance"; data: Maintenance }
	| { type: "note"; data: LogEvent }
	| { type: "page"; data: { incident: number; to: string; reason: string } }
	| { type: "oncall"; data: { now: string | null } }
	| { type: "reload"; data: null };

type Listener = (h: Happening) => void;
const listeners = new Set<Listener>();

/** Hear what happens; returns how to stop. */
export function listen(f: Listener): () => void {
	listeners.add(f);
	return () => listeners.delete(f);
}

function tell(h: Happening): void {
	for (const f of listeners) f(h);
}

const SILENCE_MS = 4200;
const RETRY_MS = 3000;
let source: EventSource | null = null;
let triedAt = 0;

function heard(at?: string): void {
	heardAt.value = Date.now();
	if (at) offset = heardAt.value - Date.parse(at);
}

let version = "";

/** A wall stays open for months: when the collector was upgraded, its new page is loaded. */
function renewWith(newest: string): void {
	if (version && version !== newest) location.reload();
	version = newest;
}

/** What boot.js asked for before the page's own files were there; once. */
function early(): Promise<Start | null> {
	const asked = globalThis.lwStart ?? Promise.resolve(null);
	globalThis.lwStart = undefined;
	return asked;
}

async function load(): Promise<void> {
	use((await early()) ?? (await get<Start>("/start")));
}

function use(s: Start): void {
	renewWith(s.status.collector.version);
	batch(() => {
		heard(s.status.at);
		session.value = s.session;
		oncall.value = s.oncall;
		status.value = s.status;
		incidents.value = new Map(s.incidents.map((i) => [i.incident, i]));
		blind.value = false;
		signedOut.value = false;
		now.value = Math.floor((Date.now() - offset) / 1000) * 1000;
	});
	tell({ type: "reload", data: null });
}

/** What no event carries (versions, queues) is fetched again once a minute, spread over the walls. */
function refreshSlowly(): void {
	setTimeout(() => {
		if (blind.value || signedOut.value || document.hidden) return refreshSlowly();
		get<Status>("/status").then((s) => (status.value = s), failed).then(refreshSlowly);
	}, 45e3 + Math.random() * 30e3);
}

function failed(e: unknown): void {
	if (e instanceof Problem && (e.status === 401 || e.status === 403)) signedOut.value = true;
}

function onCapacity(c: Capacity): void {
	const s = status.value;
	if (!s) return;
	if (c.site === null) status.value = { ...s, hotline: c };
	else {
		const sites = s.sites.map((x) => (x.id === c.site ? { ...x, capacity: c } : x));
		status.value = { ...s, sites };
	}
}

function onIncident(i: Incident): void {
	const next = new Map(incidents.value);
	next.set(i.incident, i);
	incidents.value = next;
}

function onState(e: { entity: string; kind: string; state: EntityState; since: string }): void {
	const s = status.value;
	if (!s) return;
	if (e.kind === "device") {
		const sites = withPart(s.sites, e.entity, () => ({ state: e.state }));
		if (sites !== s.sites) status.value = { ...s, sites };
	} else if (e.kind === "site") {
		const sites = s.sites.map((x) => (x.id === e.entity ? { ...x, state: e.state, since: e.since } : x));
		status.value = { ...s, sites };
	} else if (e.kind === "broker") {
		status.value = { ...s, collector: { ...s.collector, broker_connected: e.state === "up" } };
	}
}

const COUNTS: Partial<Record<Alarm["state"], number>> = { raised: 1, cleared: -1 };

/** An alarm that was silenced before it came says "shelved", like one that stood: the status knows. */
function onAlarm(a: Alarm): void {
	const s = status.value;
	const by = COUNTS[a.state];
	if (!s) return;
	const sites = withPart(s.sites, a.entity, (p) => ({ alarms: Math.max(0, p.alarms + (by ?? 0)) }));
	if (sites === s.sites) return;
	if (by) status.value = { ...s, sites };
	else get<Status>("/status").then((newest) => (status.value = newest), failed);
}

function onOncall(): void {
	get<Oncall>("/oncall").then((o) => (oncall.value = o), failed);
}

const HANDLERS: Record<string, (data: never) => void> = {
	oncall: onOncall,
	alarm: onAlarm,
	capacity: onCapacity,
	incident: onIncident,
	state: onState,
};

function onEvent(type: string, text: string): void {
	const data = JSON.parse(text);
	batch(() => {
		heard(data.at);
		HANDLERS[type]?.(data as never);
	});
	tell({ type, data } as Happening);
}

function connect(): void {
	triedAt = Date.now();
	source?.close();
	const since = status.value ? `?since=${status.value.event_id}` : "";
	const s = new EventSource(`${api}/events${since}`);
	source = s;
	let first = true;
	s.addEventListener("hello", (e) => {
		heard(JSON.parse((e as MessageEvent).data).at);
		if (blind.value || !first || !status.value) load().catch(failed);
		first = false;
	});
	s.addEventListener("heartbeat", (e) => heard(JSON.parse((e as MessageEvent).data).at));
	// Refused for good (signed out), not just cut off: ask why.
	s.onerror = () => s.readyState === EventSource.CLOSED && get<Status>("/status").catch(failed);
	s.addEventListener("reset", () => load().catch(failed));
	for (const type of ["state", "alarm", "incident", "capacity", "maintenance", "oncall", "note", "page"])
		s.addEventListener(type, (e) => onEvent(type, (e as MessageEvent).data));
}

function watch(): void {
	now.value = Math.floor((Date.now() - offset) / 1000) * 1000;
	if (signedOut.value) return;
	const silent = Date.now() - heardAt.value;
	if (silent > SILENCE_MS) blind.value = true;
	if (blind.value && Date.now() - triedAt > RETRY_MS) connect();
}

/** The link in a message carries a signed token: good for one session of its person. It leaves the
 * address at once, so that nobody passes it on by accident. */
async function signInByLink(): Promise<void> {
	const q = new URLSearchParams(location.search);
	const link = q.get("t");
	if (!link) return;
	q.delete("t");
	const rest = q.toString();
	history.replaceState(null, "", location.pathname + (rest ? `?${rest}` : ""));
	session.value = await post<Session>("/session", { link }).catch(() => null);
}

/** Start following; called once. */
export async function startLive(): Promise<void> {
	heardAt.value = Date.now();
	setInterval(watch, 500);
	effect(() => {
		if (signedOut.value) source?.close();
	});
	refreshSlowly();
	addEventListener("online", connect);
	document.addEventListener("visibilitychange", () => document.hidden || watch());
	await signInByLink();
	await load().catch(failed);
	if (signedOut.value) return loadSession().then(() => {}, () => {});
	connect();
}

/** After signing in. */
export async function resumeLive(): Promise<void> {
	signedOut.value = false;
	await load().catch(failed);
	connect();
}

const FADE_MS = 10 * 60e3;
/** Of open ones: shelved, or over and about to be closed. */
const rests = (i: Incident) => (i.shelved ?? false) || i.n_standing === 0;
const WEIGHT = { critical: 3, major: 2, minor: 1, warning: 0 };

/** Open ones, worst first and the newest trouble on top, those at rest behind; then those resolved within ten minutes. */
export const shown = computed<Incident[]>(() => {
	const at = minute.value;
	const open: Incident[] = [];
	const closed: Incident[] = [];
	for (const i of incidents.value.values()) {
		if (i.state === "open") open.push(i);
		else if (i.closed_at && at - Date.parse(i.closed_at) < FADE_MS) closed.push(i);
	}
	open.sort(
		(a, b) =>
			Number(rests(a)) - Number(rests(b)) ||
			WEIGHT[b.severity] - WEIGHT[a.severity] ||
			Date.parse(b.opened_at) - Date.parse(a.opened_at),
	);
	closed.sort((a, b) => Date.parse(b.closed_at!) - Date.parse(a.closed_at!));
	return [...open, ...closed];
});

/** A person as people call them; the id where the rota does not know them. */
export const personName = (id: string) => oncall.value?.people.find((p) => p.id === id)?.name ?? id;

export const siteName = (id: string | null) =>
	status.value?.sites.find((s) => s.id === id)?.name ?? id ?? "";
