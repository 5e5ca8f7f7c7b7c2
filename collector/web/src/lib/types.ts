// The answers of the API as docs/openapi.yaml describes them; only what the pages use.
export type CapacityState = "full" | "degraded" | "critical" | "dark" | "unknown";
export type EntityState = "up" | "down" | "planned" | "unknown";
export type Severity = "warning" | "minor" | "major" | "critical";
type Kind = "device" | "site" | "agent" | "broker" | "collector";

export interface Capacity {
	site: string | null;
	seats_ready: number;
	seats_total: number;
	seats_unknown: number;
	state: CapacityState;
	limiting: string | null;
	minutes_left: number | null;
	minutes_low: number | null;
	minutes_high: number | null;
}

export interface Site {
	id: string;
	name: string;
	timezone: string;
	minimum_seats: number;
	state: EntityState;
	since: string | null;
	capacity: Capacity;
	power: string[];
	uplink: string | null;
	pbx: string[];
	incidents_open: number;
	worst: Severity | null;
	/** Calls expected in each local hour; null where nobody configured them. */
	calls_per_hour?: number[] | null;
	/** Degrees north and east. */
	location: [number, number] | null;
	parts: Part[];
}

/** What a centre stands on; of several with one role, one that works is enough. */
export interface Part {
	id: string;
	role: "power" | "link" | "pbx";
	state: EntityState;
	alarms: number;
}

export interface Collector {
	version: string;
	since: string;
	uptime_s: number;
	broker_connected: boolean;
	store_ok: boolean;
	store_waiting: number;
	agents_seen: number;
	agents_total: number;
	devices_total: number;
	quarantined: number;
}

export interface Status {
	at: string;
	event_id: number;
	hotline: Capacity;
	sites: Site[];
	incidents: { open: number; critical: number; unowned: number };
	alarms: Record<Severity, number>;
	collector: Collector;
}

/** What a page begins with, in one answer. */
export interface Start {
	session: Session;
	status: Status;
	incidents: Incident[];
	oncall: Oncall;
}

declare global {
	var lwStart: Promise<Start | null> | undefined;
}

export interface Seat {
	id: string;
	site: string;
	state: "ready" | "not_ready" | "unknown";
	limiting: string | null;
	workstation: string | null;
	headset: string | null;
	phone: string | null;
}

export interface Device {
	id: string;
	name: string;
	class: string;
	site: string | null;
	seat: string | null;
	agent: string | null;
	state: EntityState;
	since: string | null;
	reachable: boolean | null;
	seen_at: string | null;
	profile: string | null;
	vendor: string | null;
	model: string | null;
	version: string | null;
	serial: string | null;
	evidence: string[];
	depends_on: string[][];
	alarms: string[];
	interval_ms: number | null;
	readings?: Reading[];
}

export interface Reading {
	metric: string;
	value: number | string | null;
	number: number | null;
	unit: string;
	kind: "gauge" | "counter" | "state" | "flag" | "bits";
	quality: "good" | "stale" | "unknown";
	reason: string | null;
	at: string | null;
	age_ms: number | null;
	device?: string;
}

export interface Alarm {
	id: number;
	alarm: string;
	entity: string;
	kind: Kind;
	code: string;
	severity: Severity;
	state: "raised" | "acknowledged" | "shelved" | "cleared";
	raised_at: string;
	site: string | null;
	incident: number | null;
}

export interface Incident {
	incident: number;
	state: "open" | "closed";
	site: string | null;
	root: string;
	root_entity: string;
	root_code: string;
	severity: Severity;
	opened_at: string;
	closed_at: string | null;
	owner: string | null;
	owned_until: string | null;
	alarms: string[];
	entities: string[];
	/** Of one that is over (in answers of one incident): those that could not answer meanwhile. */
	seats: string[];
	n_seats?: number;
	/** The engine's reasoning: what followed from the root. */
	reason: string;
	why?: { vi: string; en: string };
	/** Its root is in maintenance: nobody is paged. */
	planned?: boolean;
	/** All that stands of it is shelved. */
	shelved?: boolean;
	/** Alarms that stand; none while it is open: it is over, and closed once that lasts. */
	n_standing?: number;
	told?: string[];
	escalates_at?: string | null;
	escalates_to?: string | null;
	change?: "opened" | "updated" | "closed";
	timeline?: LogEvent[];
}

export interface LogEvent {
	id?: number;
	at: string;
	type: string;
	entity: string | null;
	data: Record<string, unknown>;
}

export interface Silence {
	silence: number;
	target: string;
	code: string | null;
	from: string;
	until: string;
	reason: string | null;
	by: string;
	active: boolean;
}

/** What a silence would cover, before anybody says it. */
export interface SilenceScope {
	things: number;
	codes: string[];
	never: string[];
	alarms: Alarm[];
	n_alarms: number;
	/** Of the last 30 days; null: nobody knows. */
	past: number | null;
}

export interface Maintenance {
	id: string;
	target: string;
	from: string;
	until: string;
	reason: string | null;
	by: string | null;
	active: boolean;
}

export interface Seconds {
	up_s: number;
	down_s: number;
	planned_s: number;
	unknown_s: number;
}

export interface Bars {
	t: number[];
	up_s: number[];
	down_s: number[];
	planned_s: number[];
	unknown_s: number[];
}

export interface Availability extends Seconds {
	entity: string;
	kind: Kind;
	bars?: Bars;
}

export interface History {
	entity: string;
	metric: string;
	unit: string;
	from: string;
	to: string;
	resolution_s: number;
	t: number[];
	min: (number | null)[];
	avg: (number | null)[];
	max: (number | null)[];
	gaps: { from: number; until: number; reason: string }[];
}

export interface Person {
	id: string;
	name: string;
	language: "vi" | "en";
	channels: string[];
	reachable: boolean | null;
	proven_at: string | null;
}

export interface Shift {
	person: string;
	from: string;
	until: string;
	kind: "rotation" | "swap" | "holiday";
	/** Why it was swapped, or the holiday's name. */
	label: string | null;
}

interface Turn {
	id: string;
	from: string;
	until: string;
	by: string | null;
	/** It stands in the collector's file and is not changed here. */
	configured: boolean;
}

export interface Swap extends Turn {
	person: string;
	reason: string | null;
}

export interface Holiday extends Turn {
	name: string;
	people: string[];
	shift_s: number;
}

export interface Oncall {
	now: string | null;
	people: Person[];
	shifts: Shift[];
	swaps: Swap[];
	holidays: Holiday[];
	escalation: { after_s: number; to: string }[];
}

export interface Drill {
	drill: number;
	agent: string;
	started_at: string;
	state: "running" | "passed" | "failed";
	failed_at: string | null;
	links: { link: "commanded" | "answered" | "decided" | "handed_over" | "acknowledged"; took_ms: number | null }[];
}

/** A row of /uptime: the hotline is up while any centre can answer. */
export interface UptimeRow extends Seconds {
	kind: "hotline" | "site" | "class" | "seat" | "device";
	id: string;
	/** Of a class: how many are summed up. */
	members?: number;
	/** Of the hotline, the centres, the classes and a seat alone, where a step was asked for. */
	bars?: Bars;
	callers_affected?: number;
	/** Not up, in Unix seconds; of the hotline and the centres. */
	stretches?: { state: EntityState; from: number; until: number }[];
}

export interface Agent {
	id: string;
	site: string | null;
	state: EntityState;
	since: string | null;
	seen_at: string | null;
	version: string | null;
	offset_ms: number | null;
	journal_used_percent: number | null;
	journal_oldest_s: number | null;
	devices: number;
}

export interface Finding {
	severity: "fault" | "caution" | "info";
	code: string;
	entity: string | null;
	text: { vi: string; en: string };
	advice: { vi: string; en: string };
}

export interface Session {
	user: string | null;
	role: "watcher" | "technician" | "admin" | "auditor" | null;
	csrf: string | null;
	via: "none" | "anonymous" | "password" | "token" | "proxy";
	person?: string | null;
}

export interface Hit {
	kind: "site" | "seat" | "device" | "agent";
	id: string;
	name: string;
	site: string | null;
}

export interface AuditEntry {
	at: string;
	user: string;
	action: string;
	target: string;
	result: string;
	/** From which address; "-": at the server itself. */
	peer: string;
}
