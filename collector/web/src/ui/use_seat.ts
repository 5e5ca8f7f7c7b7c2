// A seat found in its centre's list: the API has no single seat.
import { get, PAGE } from "../lib/api";
import type { Happening } from "../lib/live";
import type { Seat } from "../lib/types";
import { useLoad } from "./load";

/** Does an event concern this entity? */
export const listenTo = (id: string | null) => (h: Happening) =>
	(h.type === "state" || h.type === "alarm") && h.data.entity === id;

async function find(site: string, id: string): Promise<Seat | null> {
	let after: string | null = null;
	do {
		const page: { seats: Seat[]; next: string | null } = await get("/seats", { site, after, limit: PAGE });
		const hit = page.seats.find((s) => s.id === id);
		if (hit) return hit;
		after = page.next;
	} while (after);
	return null;
}

export function useSeat(site: string, id: string) {
	const r = useLoad<{ seat: Seat | null }>(
		`seat ${id}`,
		async () => ({ seat: await find(site, id) }),
		(h) => (h.type === "capacity" && h.data.site === site) || (h.type === "alarm" && h.data.site === site),
	);
	return { seat: r.data?.seat ?? null, error: r.error, gone: r.data !== null && !r.data.seat };
}
