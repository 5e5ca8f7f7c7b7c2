// What a centre stands on - power, line to Hanoi, PBX - for the small chain on its tile. Fetched
// after the wall is shown, then followed by events; an alarm makes a working device degraded.
import { signal } from "@preact/signals";
import { get, idPath } from "./api";
import { listen, status } from "./live";
import type { Device, EntityState, Site } from "./types";
import type { Look } from "../ui/state";

interface Part {
	state: EntityState;
	alarms: number;
}
const parts = signal<Map<string, Part>>(new Map());

export const LINKS: [string, (s: Site) => string[]][] = [
	["spine.power", (s) => s.power],
	["spine.link", (s) => (s.uplink ? [s.uplink] : [])],
	["spine.pbx", (s) => s.pbx],
];

const LOOK: Record<EntityState, Look> = { up: "full", down: "critical", planned: "planned", unknown: "unknown" };
const lookOf = (p: Part): Look => (p.state === "up" && p.alarms > 0 ? "degraded" : LOOK[p.state]);
const BEST: Look[] = ["full", "degraded", "planned", "critical", "unknown"];

/** The look of a link of the chain: any one of its devices is enough. Null: not known yet. */
export function spineLook(ids: string[]): Look | null {
	const known = ids.map((id) => parts.value.get(id)).filter((p): p is Part => !!p);
	if (!known.length) return null;
	const looks = known.map(lookOf);
	return BEST.find((l) => looks.includes(l))!;
}

function set(id: string, change: (p: Part) => Part): void {
	const old = parts.value.get(id);
	if (!old) return;
	const next = new Map(parts.value);
	next.set(id, change(old));
	parts.value = next;
}

async function load(): Promise<void> {
	const ids = (status.value?.sites ?? []).flatMap((s) => LINKS.flatMap(([, of]) => of(s)));
	const found = await Promise.all(ids.map((id) => get<Device>(`/devices/${idPath(id)}`).catch(() => null)));
	parts.value = new Map(found.filter((d): d is Device => !!d).map((d) => [d.id, { state: d.state, alarms: d.alarms.length }]));
}

/** Follow; once, from a wall with few centres. Returns how to stop. */
export function startSpine(): () => void {
	const first = setTimeout(() => load().catch(() => {}), 200);
	const stop = listen((h) => {
		if (h.type === "reload") load().catch(() => {});
		else if (h.type === "state" && h.data.kind === "device")
			set(h.data.entity, (p) => ({ ...p, state: h.data.state as EntityState }));
		else if (h.type === "alarm") {
			const by = h.data.state === "cleared" ? -1 : h.data.state === "raised" ? 1 : 0;
			set(h.data.entity, (p) => ({ ...p, alarms: Math.max(0, p.alarms + by) }));
		}
	});
	return () => {
		clearTimeout(first);
		stop();
	};
}
