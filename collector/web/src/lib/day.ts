// The last 24 hours of each centre, from the log of capacity changes; where the collector itself
// did not run, the availability says unknown and so does the strip.
import { signal } from "@preact/signals";
import { get, PAGE } from "./api";
import { listen, now, status } from "./live";
import { joinStretches, type Stretch } from "../ui/strip";
import type { Availability, Capacity, CapacityState, LogEvent } from "./types";

const DAY = 24 * 3600e3;
interface Change {
	at: number;
	state: CapacityState;
}
/** Changes by site in order of time; the first may lie before the window. */
export const changes = signal<Map<string, Change[]>>(new Map());
const holes = signal<Map<string, { from: number; until: number }[]>>(new Map());
const MANY = 12;
const HOLE_S = 300;

type Log = { log: LogEvent[] };

function collect(lists: LogEvent[]): Map<string, Change[]> {
	const by = new Map<string, Change[]>();
	for (const e of lists) {
		const c = e.data as unknown as Capacity;
		if (!c.site || !c.state) continue;
		const list = by.get(c.site) ?? [];
		list.push({ at: Date.parse(e.at), state: c.state });
		by.set(c.site, list);
	}
	for (const list of by.values()) list.sort((a, b) => a.at - b.at);
	return by;
}

async function loadHoles(since: number): Promise<void> {
	const sites = status.value?.sites ?? [];
	if (sites.length > MANY) return;
	const from = new Date(since).toISOString();
	const found = await Promise.all(
		sites.map((s) =>
			get<{ availability: Availability[] }>("/availability", { entity: s.id, kind: "site", from, step: HOLE_S }),
		),
	);
	holes.value = new Map(
		found.map(({ availability: [a] }, i) => {
			const list: { from: number; until: number }[] = [];
			a?.bars?.t.forEach((t, k) => {
				if (a.bars!.unknown_s[k] < HOLE_S / 2) return;
				const until = (t + HOLE_S) * 1000;
				const heard = (changes.value.get(sites[i].id) ?? []).find((c) => c.at > t * 1000 && c.at < until);
				list.push({ from: t * 1000, until: heard?.at ?? until });
			});
			return [sites[i].id, list];
		}),
	);
}

async function loadDay(): Promise<void> {
	const since = now.value - DAY;
	const iso = new Date(since).toISOString();
	const [inside, before] = await Promise.all([
		get<Log>("/log", { type: "capacity", since: iso, limit: PAGE }),
		get<Log>("/log", { type: "capacity", until: iso, limit: 200 }),
	]);
	const seen = new Set<string>();
	const newestBefore = before.log.filter((e) => {
		const site = (e.data as unknown as Capacity).site ?? "";
		return seen.has(site) ? false : (seen.add(site), true);
	});
	changes.value = collect([...newestBefore, ...inside.log]);
	await loadHoles(since);
}

/** Follow the day, from the wall or a centre. Returns how to stop. */
export function startDay(): () => void {
	const stop = listen((h) => {
		if (h.type === "reload") loadDay().catch(() => {});
		if (h.type !== "capacity" || !h.data.site) return;
		const next = new Map(changes.value);
		const list = next.get(h.data.site) ?? [];
		next.set(h.data.site, [...list, { at: now.value, state: h.data.state }]);
		changes.value = next;
	});
	if (status.value) loadDay().catch(() => {});
	return stop;
}

function cut(list: Stretch[], hole: { from: number; until: number }): Stretch[] {
	const out: Stretch[] = [];
	for (const s of list) {
		if (s.until <= hole.from || s.from >= hole.until) {
			out.push(s);
			continue;
		}
		if (s.from < hole.from) out.push({ ...s, until: hole.from });
		if (s.until > hole.until) out.push({ ...s, from: hole.until });
	}
	return out;
}

/** Stretches of a centre's last 24 hours, up to `until`. */
export function dayOf(site: string, until: number): Stretch[] {
	const from = until - DAY;
	const list = changes.value.get(site) ?? [];
	let out: Stretch[] = [];
	list.forEach((c, i) => {
		const end = list[i + 1]?.at ?? until;
		if (end > from) out.push({ from: Math.max(c.at, from), until: Math.min(end, until), look: c.state });
	});
	for (const h of holes.value.get(site) ?? []) {
		const bounded = { from: Math.max(h.from, from), until: Math.min(h.until, until) };
		if (bounded.until > bounded.from && out.some((s) => s.from < bounded.until && s.until > bounded.from))
			out = [...cut(out, bounded), { ...bounded, look: "unknown" as const }];
	}
	return joinStretches(out.sort((a, b) => a.from - b.from));
}
