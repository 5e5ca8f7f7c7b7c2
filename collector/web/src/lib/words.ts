// Alarms and incidents in words: what broke, what it costs, what to do first.
import { hourIn } from "./format";
import { t, tOr } from "./i18n";
import { personName, siteName } from "./live";
import type { Capacity, Incident, Site } from "./types";

export const alarmWord = (code: string) => tOr(`alarm.${code}`, code);

/** "danang/ws-05-headset" -> "ws-05-headset"; the centre stands beside it already. */
export const shortId = (id: string) => id.slice(id.indexOf("/") + 1);

/** A thing as people call it: a centre by its name, a device without its centre. */
export const entityWord = (id: string) => (id.includes("/") ? shortId(id) : siteName(id));

/** The same with its centre: "Đà Nẵng · ups-1". */
export const placeWord = (id: string) => (id.includes("/") ? `${siteName(id.slice(0, id.indexOf("/")))} · ${shortId(id)}` : siteName(id));

const upper = (s: string) => s.charAt(0).toUpperCase() + s.slice(1);

/** What to do, first things first (a semicolon parts them); empty where nobody wrote any. */
export function actionsFor(code: string): string[] {
	return tOr(`action.${code}`, "").split(/;\s*/).filter(Boolean).map(upper);
}

/** Where it is, for the head of a row: the centre, or the service or part itself. */
export const placeOf = (i: Incident) => (i.site ? siteName(i.site) : shortId(i.root_entity));

/** The broken thing itself, where it is not the place. */
export const thingOf = (i: Incident) =>
	i.site && i.root_entity !== i.site ? shortId(i.root_entity) : "";

/** All of it is over, and it is closed once that lasts. */
export const isOver = (i: Incident) => i.state === "open" && i.n_standing === 0;

/** Nobody needs to do anything about it now. */
export const atRest = (i: Incident) => i.state === "closed" || (i.shelved ?? false) || isOver(i);

/** Who has an incident, in words. */
export function holder(i: Incident): string {
	if (i.state === "closed") return t("incident.resolved");
	if (isOver(i)) return t("incident.over");
	if (i.shelved) return t("life.shelved");
	return i.owner ? t("wall.has_it", { who: personName(i.owner) }) : t("wall.nobody");
}

/** "còn 42 phút (31–55)", or empty on mains. */
export function minutesLeft(c: Capacity): string {
	if (c.minutes_left === null) return "";
	const range =
		c.minutes_low !== null && c.minutes_high !== null && c.minutes_low !== c.minutes_high
			? ` (${c.minutes_low}\u2060–\u2060${c.minutes_high})`
			: "";
	return t("capacity.minutes", { minutes: c.minutes_left }) + range;
}

/** Callers a minute that the missing seats may cost now; null where no profile is configured. */
export function callsAffected(sites: Site[], at: number): number | null {
	const known = sites.filter((s) => s.calls_per_hour?.length === 24);
	if (!known.length) return null;
	return known.reduce((sum, s) => {
		const c = s.capacity;
		const lost = c.seats_total ? 1 - c.seats_ready / c.seats_total : 0;
		return sum + (s.calls_per_hour![hourIn(s.timezone, at)] / 60) * lost;
	}, 0);
}

export const hotlineSentence = (c: Capacity) => t(`hotline.${c.state}`);
