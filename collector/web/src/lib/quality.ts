// How the alarms behaved, in the measures of ISA-18.2 / IEC 62682, and the pages in those of an
// on-call phone. Pure: events in, figures out.
import type { LogEvent } from "./types";

export interface Quality {
	alarms: number;
	perHour: number;
	worstTenMinutes: number;
	floodShare: number; // of the time in ten-minute periods with ten alarms or more
	chattering: { name: string; times: number }[];
	top: { name: string; times: number; share: number }[];
	topShare: number;
	priorities: Record<"warning" | "minor" | "major" | "critical", number>;
	pages: number;
	pagesPerShift: number;
	precision: number | null;
	verdicts: Record<string, number>;
}

const TEN = 600e3;
const FLOOD = 10;
const CHATTER_MS = 60e3;
const CHATTER_TIMES = 3;
const SHIFT = 12 * 3600e3;

interface Raised {
	at: number;
	name: string;
	severity: string;
}

function raisedOf(log: LogEvent[]): Raised[] {
	return log
		.filter((e) => e.type === "alarm" && e.data.state !== "cleared")
		.map((e) => ({
			at: Date.parse(e.at),
			name: String(e.data.alarm ?? `${e.entity}/${e.data.code}`),
			severity: String(e.data.severity ?? ""),
		}))
		.sort((a, b) => a.at - b.at);
}

function countBy<T>(list: T[], f: (x: T) => string): Map<string, number> {
	const out = new Map<string, number>();
	for (const x of list) out.set(f(x), (out.get(f(x)) ?? 0) + 1);
	return out;
}

/** Alarms that were raised three times or more within a minute. */
function chatteringOf(raised: Raised[]): Map<string, number> {
	const by = new Map<string, number[]>();
	for (const r of raised) by.set(r.name, [...(by.get(r.name) ?? []), r.at]);
	const out = new Map<string, number>();
	for (const [name, at] of by)
		for (let i = CHATTER_TIMES - 1; i < at.length; i++)
			if (at[i] - at[i - CHATTER_TIMES + 1] <= CHATTER_MS) out.set(name, (out.get(name) ?? 0) + 1);
	return out;
}

const ranked = (m: Map<string, number>) =>
	[...m].map(([name, times]) => ({ name, times })).sort((a, b) => b.times - a.times);

function pagesOf(log: LogEvent[]): number {
	const pages = log.filter((e) => e.type === "page" && e.data.reason !== "resolved");
	return new Set(pages.map((e) => `${e.data.incident ?? e.entity} ${e.data.reason} ${e.data.to ?? ""}`)).size;
}

export function judge(log: LogEvent[], from: number, until: number): Quality {
	const raised = raisedOf(log);
	const hours = Math.max((until - from) / 3600e3, 1 / 60);
	const periods = [...countBy(raised, (r) => String(Math.floor(r.at / TEN))).values()];
	const all = Math.max(1, Math.ceil((until - from) / TEN));
	const top = ranked(countBy(raised, (r) => r.name)).slice(0, 10);
	const verdicts = Object.fromEntries(countBy(log.filter((e) => e.type === "verdict"), (e) => String(e.data.verdict)));
	const judged = Object.values(verdicts).reduce((a, b) => a + b, 0);
	const severities = countBy(raised, (r) => r.severity);
	const pages = pagesOf(log);
	return {
		alarms: raised.length,
		perHour: raised.length / hours,
		worstTenMinutes: Math.max(0, ...periods),
		floodShare: periods.filter((n) => n >= FLOOD).length / all,
		chattering: ranked(chatteringOf(raised)),
		top: top.map((x) => ({ ...x, share: x.times / Math.max(1, raised.length) })),
		topShare: top.reduce((a, x) => a + x.times, 0) / Math.max(1, raised.length),
		priorities: {
			warning: severities.get("warning") ?? 0,
			minor: severities.get("minor") ?? 0,
			major: severities.get("major") ?? 0,
			critical: severities.get("critical") ?? 0,
		},
		pages,
		pagesPerShift: pages / Math.max(1, (until - from) / SHIFT),
		precision: judged ? (judged - (verdicts.noise ?? 0)) / judged : null,
		verdicts,
	};
}
