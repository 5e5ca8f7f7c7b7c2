// What a centre stands on - power, line to Hanoi, PBX - as looks for the wall. The parts come with
// the centre and are followed by events; an alarm makes a working part degraded.
import type { EntityState, Part, Site } from "./types";
import type { Look } from "../ui/state";

export const ROLES: Part["role"][] = ["power", "link", "pbx"];

const LOOK: Record<EntityState, Look> = { up: "full", down: "critical", planned: "planned", unknown: "unknown" };
const lookOf = (p: Part): Look => (p.state === "up" && p.alarms > 0 ? "degraded" : LOOK[p.state]);
const BEST: Look[] = ["full", "degraded", "planned", "critical", "unknown"];

/** The look of one role: any one of its parts is enough. Null: the centre has none. */
export function roleLook(s: Site, role: Part["role"]): Look | null {
	const looks = s.parts.filter((p) => p.role === role).map(lookOf);
	return BEST.find((l) => looks.includes(l)) ?? null;
}

/** The sites with one part changed; the same list where it belongs to none of them. */
export function withPart(sites: Site[], id: string, change: (p: Part) => Partial<Part>): Site[] {
	if (!sites.some((s) => s.parts.some((p) => p.id === id))) return sites;
	return sites.map((s) =>
		s.parts.some((p) => p.id === id) ? { ...s, parts: s.parts.map((p) => (p.id === id ? { ...p, ...change(p) } : p)) } : s,
	);
}
