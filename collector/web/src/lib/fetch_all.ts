// Whole lists, for the pages that add up: bounded, page after page.
import { get, PAGE, type Query } from "./api";
import type { LogEvent } from "./types";

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
