// Events in words, oldest first: the evidence of an incident, the log of a device.
import { clockSeconds, dayShort, day, when } from "../lib/format";
import { t, tOr } from "../lib/i18n";
import { now, personName } from "../lib/live";
import type { LogEvent } from "../lib/types";
import { alarmWord, entityWord, placeWord } from "../lib/words";
import { Shape, type Look } from "./state";

type Data = Record<string, unknown>;
const text = (d: Data, ...names: string[]) => {
	for (const n of names) if (typeof d[n] === "string" || typeof d[n] === "number") return String(d[n]);
	return "";
};
const codeOf = (d: Data) => text(d, "code") || text(d, "alarm").split("/").pop() || "";
const by = (d: Data) => (text(d, "by", "user") === "anonymous" ? t("who.anonymous") : personName(text(d, "by", "user")));
const channelWord = (d: Data) => tOr(`channel.${text(d, "channel")}`, text(d, "channel") || "–");
const thing = (e: LogEvent) => entityWord(text(e.data, "entity") || e.entity || text(e.data, "site"));

const STATE_LOOK: Record<string, Look> = { up: "full", down: "critical", planned: "planned", unknown: "unknown" };

interface Line {
	look: Look | null;
	words: string;
}

function alarmLine(e: LogEvent): Line {
	const cleared = text(e.data, "state") === "cleared";
	const words = `${thing(e)}: ${alarmWord(codeOf(e.data))}`;
	const worse = ["major", "critical"].includes(text(e.data, "severity"));
	return cleared
		? { look: "full", words: t("event.cleared", { what: words }) }
		: { look: worse ? "critical" : "degraded", words };
}

function pageLine(e: LogEvent): Line {
	const d = e.data;
	const reason = text(d, "reason");
	const values = { who: text(d, "to", "person").split(",").map(personName).join(", "), channel: channelWord(d), reason: tOr(`told.${reason}`, reason) };
	return { look: null, words: t(text(d, "channel") ? "event.page" : "event.told", values) };
}

function capacityLine(e: LogEvent): Line {
	const d = e.data;
	const state = text(d, "state") as Look;
	return {
		look: state,
		words: t("event.capacity", { ready: text(d, "seats_ready"), total: text(d, "seats_total"), state: t(`capacity.${state}`) }),
	};
}

/** Of one alarm, or of every alarm of a thing. */
const silenceLine = (key: string) => (e: LogEvent): Line => {
	const code = codeOf(e.data);
	const until = text(e.data, "until");
	const at = until && Date.parse(until);
	return {
		look: "planned",
		words: t(key, {
			who: by(e.data),
			what: code ? `${thing(e)}: ${alarmWord(code)}` : thing(e),
			until: at ? when(at, now.value) : "",
		}),
	};
};

const INCIDENT_WORD: Record<string, string> = {
	opened: "event.incident_opened",
	updated: "event.incident_updated",
	closed: "event.incident_closed",
};

const LINES: Record<string, (e: LogEvent) => Line> = {
	alarm: alarmLine,
	page: pageLine,
	capacity: capacityLine,
	incident: (e) => {
		const change = text(e.data, "change") || text(e.data, "state");
		return { look: null, words: INCIDENT_WORD[change] ? t(INCIDENT_WORD[change]) : change };
	},
	state: (e) => {
		const s = text(e.data, "state");
		return { look: STATE_LOOK[s] ?? null, words: `${thing(e)}: ${tOr(`state.${s}`, s)}` };
	},
	ack: (e) => ({ look: null, words: t("event.ack", { who: by(e.data) }) }),
	take: (e) => ({ look: null, words: t("event.take", { who: by(e.data) }) }),
	note: (e) => ({ look: null, words: t("event.note", { who: by(e.data), text: text(e.data, "text") }) }),
	shelve: silenceLine("event.shelve"),
	silence: silenceLine("event.shelve"),
	silence_end: silenceLine("event.silence_end"),
	verdict: (e) => ({
		look: null,
		words: t("event.verdict", { who: by(e.data), verdict: tOr(`verdict.${text(e.data, "verdict")}`, text(e.data, "verdict")) }),
	}),
	maintenance: (e) => ({ look: "planned", words: [t("event.maintenance", { what: placeWord(text(e.data, "target")) || thing(e) }), text(e.data, "reason")].filter(Boolean).join(": ") }),
};

function lineOf(e: LogEvent): Line {
	return LINES[e.type]?.(e) ?? { look: null, words: `${e.type} ${e.entity ?? ""}` };
}

/** People who were told the same at the same moment stand in one line. */
export function togetherTold(events: LogEvent[]): LogEvent[] {
	const out: LogEvent[] = [];
	for (const e of events) {
		const last = out[out.length - 1];
		if (e.type === "page" && last?.type === "page" && last.at === e.at && last.data.reason === e.data.reason)
			out[out.length - 1] = { ...last, data: { ...last.data, to: `${last.data.to},${e.data.to}` } };
		else out.push(e);
	}
	return out;
}

export function Timeline({ events, days }: { events: LogEvent[]; days?: boolean }) {
	return (
		<ol class="timeline">
			{events.map((e, i) => {
				const at = Date.parse(e.at);
				const line = lineOf(e);
				const other = days || day(at) !== day(now.value);
				return (
					<li key={e.id ?? `${e.at}${i}`} class={`e-${e.type}`}>
						<time dateTime={e.at}>
							{other && `${dayShort(at)} `}
							{clockSeconds(at)}
						</time>
						<span class="mark">{line.look && <Shape look={line.look} />}</span>
						<span>{line.words}</span>
					</li>
				);
			})}
		</ol>
	);
}
