// Whole lists, for the pages that add up: bounded, page after page.
import { get, PAGE, type Query } from "./api";
import type { LogEvent, Maintenance } from "./types";

const MOST = 20000;

export async function fetchAll<T>(path: string, member: string, query: Query): Promise<T[]> {
	const out: T[] = [];
	let after: string | null | undefined;
	do {
		const r: Record<string, unknown> = await get(path, { ...query, limit: PAGE, after });
		out.push(...((r[member] as T[]) ?? []));
		after = r.next as string | null | undefined;
	} while (after && out.length < MOST);
	return out;
}

const LONG_BEFORE = 92 * 86400e3;

/** Planned work of a span: what is to come or in the file, and what the log remembers, as it was ended. */
export async function fetchPlanned(from: number, until: number): Promise<Maintenance[]> {
	const span = { since: new Date(from - LONG_BEFORE).toISOString(), until: new Date(until).toISOString(), limit: PAGE };
	const [now, made, ended] = await Promise.all([
		get<{ maintenance: Maintenance[] }>("/maintenance"),
		get<{ log: LogEvent[] }>("/log", { ...span, type: "maintenance" }),
		get<{ log: LogEvent[] }>("/log", { ...span, type: "maintenance_end" }),
	]);
	const all = new Map(made.log.map((e) => [String(e.data.id), e.data as unknown as Maintenance]));
	for (const e of ended.log) {
		const m = all.get(String(e.data.id));
		if (m && Date.parse(e.at) < Date.parse(m.until)) all.set(m.id, { ...m, until: e.at });
	}
	for (const m of now.maintenance) all.set(m.id, m);
	return [...all.values()]
		.filter((m) => Date.parse(m.until) > Math.max(from, Date.parse(m.from)) && Date.parse(m.from) < until)
		.sort((a, b) => Date.parse(a.from) - Date.parse(b.from));
}

/** Alarms, pages and verdicts between two moments, newest first; at most 20,000 of each. */
export async function fetchLog(from: number, until: number): Promise<LogEvent[]> {
	const all = await Promise.all(["alarm", "page", "verdict"].map((type) => fetchType(type, from, until)));
	return all.flat();
}

async function fetchType(type: string, from: number, until: number): Promise<LogEvent[]> {
	const out: LogEvent[] = [];
	const since = new Date(from).toISOString();
	let end = until;
	for (;;) {
		const r = await get<{ log: LogEvent[] }>("/log", { type, since, until: new Date(end).toISOString(), limit: PAGE });
		out.push(...r.log);
		const oldest = r.log.length ? Date.parse(r.log[r.log.length - 1].at) : from;
		if (r.log.length < PAGE || oldest >= end || out.length >= MOST) return out;
		end = oldest;
	}
}
