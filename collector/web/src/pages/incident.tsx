// One incident, phone first: cause, cost, what to do now, the button under the thumb; then why,
// who knows, and the charts last.
import { useEffect, useRef, useState } from "preact/hooks";
import type { ComponentType } from "preact";
import { complain, me, note, say, take, verdict } from "../lib/acts";
import { mayAct } from "../lib/api";
import { clock, clockSeconds, dayTime, lang, when } from "../lib/format";
import { t } from "../lib/i18n";
import { incidents, now, oncall, personName, status } from "../lib/live";
import type { Incident, LogEvent } from "../lib/types";
import { actionsFor, alarmWord, atRest, holder, isOver, minutesLeft, placeOf, shortId, thingOf } from "../lib/words";
import { Lasting } from "../ui/age";
import { Dialog } from "../ui/dialogs";
import { ErrorNote, useGet } from "../ui/load";
import { Hidden, ShelveDialog } from "../ui/shelve";
import { lookOf, Shape } from "../ui/state";
import { Timeline, togetherTold } from "../ui/timeline";

const VERDICTS = ["useful", "noise", "late", "wrong_cause"];

/** Whom it goes to next unless somebody takes it. */
function nextStep(i: Incident): { at: number; who: string } | null {
	const o = oncall.value;
	if (!o || i.owner || i.state === "closed" || !i.escalates_at || !i.escalates_to) return null;
	const next = o.shifts.find((s) => s.person !== o.now && Date.parse(s.from) > now.value)?.person;
	const who: Record<string, string> = {
		oncall: personName(o.now ?? ""),
		next: next ? personName(next) : t("oncall.to_next"),
		everyone: t("oncall.everyone"),
	};
	return { at: Date.parse(i.escalates_at), who: who[i.escalates_to] ?? personName(i.escalates_to) };
}

function Head({ i }: { i: Incident }) {
	const closed = i.state === "closed";
	const site = status.value?.sites.find((s) => s.id === i.site);
	const thing = thingOf(i);
	const left = site && !closed ? minutesLeft(site.capacity) : "";
	const opened = Date.parse(i.opened_at);
	return (
		<header class={`inc-head v-${i.severity}${closed ? " closed" : ""}`}>
			<p class="where">
				<Shape look={lookOf(i)} />
				{site ? <a href={`/centre/${site.id}`}>{site.name}</a> : placeOf(i)}
				<span class="quiet"> · {atRest(i) ? holder(i) : t(`severity.${i.severity}`)}</span>
			</p>
			<h1>{alarmWord(i.root_code)}</h1>
			<p class="quiet">
				{thing && (
					<>
						<a href={`/device/${i.root_entity}`}>{thing}</a> ·{" "}
					</>
				)}
				{t("incident.since", { at: when(opened, now.value) })} (<Lasting at={i.opened_at} until={i.closed_at} />)
				{i.closed_at && ` · ${t("incident.until", { at: when(Date.parse(i.closed_at), now.value) })}`}
				{left && ` · ${left}`}
			</p>
			{site && !closed && (
				<p class="seats-left">
					<b>
						{site.capacity.state === "unknown" && !site.capacity.seats_ready ? "?" : site.capacity.seats_ready} / {site.capacity.seats_total}
					</b>{" "}
					{t("incident.seats_left")}
					{site.capacity.seats_unknown > 0 && <span class="quiet"> · {t("wall.unknown", { seats: site.capacity.seats_unknown })}</span>}
				</p>
			)}
		</header>
	);
}

function Now({ i }: { i: Incident }) {
	const steps = actionsFor(i.root_code);
	const next = nextStep(i);
	if (i.state === "closed") return null;
	return (
		<section class="section do-now">
			{isOver(i) ? (
				<p>{t("incident.over_means")}</p>
			) : (
				<>
					<h2>{t("incident.now")}</h2>
					<ol class="steps">
						{steps.map((s) => (
							<li key={s}>{s}</li>
						))}
					</ol>
				</>
			)}
			{i.owner && <p>{t("incident.owned", { who: personName(i.owner) })}</p>}
			{i.shelved && <Hidden i={i} />}
			{i.planned && <p>{t("incident.planned")}</p>}
			{next && (
				<p class="escalates">{t("incident.escalates", { at: clock(next.at), who: next.who })}</p>
			)}
		</section>
	);
}

function NoteDialog({ n, onClose }: { n: number; onClose: () => void }) {
	const [words, set] = useState("");
	const save = (e: Event) => {
		e.preventDefault();
		note(n, words.trim()).then(() => (say(t("incident.noted")), onClose()), complain);
	};
	return (
		<Dialog label={t("incident.note")} onClose={onClose}>
			<form onSubmit={save}>
				<label class="field">
					<span>{t("incident.note_hint")}</span>
					<textarea class="input" required maxLength={500} value={words} onInput={(e) => set(e.currentTarget.value)} />
				</label>
				<div class="actions">
					<button class="button main">{t("incident.note")}</button>
					<button type="button" class="button" onClick={onClose}>
						{t("cancel")}
					</button>
				</div>
			</form>
		</Dialog>
	);
}

function Verdict({ i }: { i: Incident }) {
	const given = i.timeline?.filter((e) => e.type === "verdict").pop()?.data.verdict as string | undefined;
	const give = (v: string) => verdict(i.incident, v).then(() => say(t("incident.thanks")), complain);
	return (
		<section class="section">
			<h2>{t("incident.verdict")}</h2>
			<div class="chips">
				{VERDICTS.map((v, k) => (
					<button key={v} class="chip" data-key={k + 1} aria-pressed={v === given} onClick={() => give(v)}>
						<kbd aria-hidden="true">{k + 1}</kbd>&nbsp;{t(`verdict.${v}`)}
					</button>
				))}
			</div>
		</section>
	);
}

function Buttons({ i }: { i: Incident }) {
	const [open, set] = useState<"" | "note" | "shelve">("");
	if (!mayAct()) return i.state === "open" ? <p class="quiet small">{t("incident.sign_in")}</p> : null;
	const closed = i.state === "closed";
	return (
		<div class="thumb">
			{!closed && (!i.owner || i.owner !== me()) && (
				<button class="button main" onClick={() => take(i.incident)}>
					{t(i.owner ? "incident.take_over" : "incident.take")}
				</button>
			)}
			<button class="button" onClick={() => set("note")}>
				{t("incident.note")}
			</button>
			{!atRest(i) && (
				<button class="button" onClick={() => set("shelve")}>
					{t("incident.shelve")}…
				</button>
			)}
			{open === "note" && <NoteDialog n={i.incident} onClose={() => set("")} />}
			{open === "shelve" && <ShelveDialog i={i} onClose={() => set("")} />}
		</div>
	);
}

const EVIDENCE = ["alarm", "state", "capacity"];
const PEOPLE = ["page", "ack", "take", "note", "shelve", "verdict"];

/** Those that cannot answer because of it; of one that is over, those that could not. */
function Seats({ i }: { i: Incident }) {
	if (!i.seats.length) return null;
	const more = (i.n_seats ?? 0) - i.seats.length;
	return (
		<p class="quiet lost-seats">
			{t(i.state === "closed" ? "incident.seats_were" : "incident.seats_are")}:{" "}
			{i.seats.map((s) => (
				<a class="seat-link" key={s} href={`/seat/${s}`}>
					{i.site ? shortId(s) : s}
				</a>
			))}
			{more > 0 && ` ${t("incident.seats_more", { n: more })}`}
		</p>
	);
}

function Why({ i }: { i: Incident }) {
	const events = (i.timeline ?? []).filter((e) => EVIDENCE.includes(e.type));
	const why = i.why?.[lang.value] ?? i.reason;
	return (
		<section class="section">
			<h2>{t("incident.why")}</h2>
			{why && <p class="reasoning">{why}.</p>}
			<p class="quiet">{t("incident.alarms", { n: i.alarms.length })}</p>
			<Seats i={i} />
			<Timeline events={events} />
		</section>
	);
}

function Known({ i }: { i: Incident }) {
	const events = togetherTold((i.timeline ?? []).filter((e: LogEvent) => PEOPLE.includes(e.type)));
	return (
		<section class="section">
			<h2>{t("incident.known")}</h2>
			{events.length ? <Timeline events={events} /> : <p class="quiet">{t("incident.nobody_told")}</p>}
		</section>
	);
}

type ChartsPage = ComponentType<{ entity: string; from: number; until: number; marks: Incident[] }>;

/** The charts and their library come only when somebody scrolls that far. */
function LateCharts({ i }: { i: Incident }) {
	const ref = useRef<HTMLElement>(null);
	const [Charts, set] = useState<ChartsPage | null>(null);
	useEffect(() => {
		const seen = new IntersectionObserver((all) => {
			if (!all.some((e) => e.isIntersecting)) return;
			seen.disconnect();
			import("../ui/device_charts").then((m) => set(() => m.DeviceCharts), () => {});
		});
		if (ref.current) seen.observe(ref.current);
		return () => seen.disconnect();
	}, []);
	const end = i.closed_at ? Date.parse(i.closed_at) + 30 * 60e3 : now.value;
	const until = Math.min(Math.ceil(end / 60e3) * 60e3, Math.ceil(now.value / 60e3) * 60e3);
	const from = Math.min(Date.parse(i.opened_at) - 30 * 60e3, until - 2 * 3600e3);
	return (
		<section class="section charts-late" ref={ref}>
			<h2>{t("incident.charts", { what: shortId(i.root_entity), from: dayTime(from) })}</h2>
			{Charts && <Charts entity={i.root_entity} from={from} until={until} marks={[i]} />}
		</section>
	);
}

/** What only the whole answer has: the evidence, and of one that is over, whom it cost. */
const keptOf = (d: Incident) => (d.state === "closed" ? { timeline: d.timeline, seats: d.seats, n_seats: d.n_seats } : { timeline: d.timeline });

export default function IncidentPage({ id }: { id: string }) {
	const n = Number(id);
	const detail = useGet<Incident>(`/incidents/${n}`, {}, (h) =>
		((h.type === "incident" || h.type === "page") && h.data.incident === n) || h.type === "note" || (h.type === "alarm" && h.data.incident === n),
	);
	const live = incidents.value.get(n);
	const i = detail.data ? { ...detail.data, ...live, ...keptOf(detail.data) } : live;
	if (!i) {
		return (
			<main class="page incident" id="main">
				{detail.error ? <ErrorNote error={detail.error} /> : <p class="quiet">{t("incident.loading", { n })}</p>}
			</main>
		);
	}
	const isDevice = i.root_entity.includes("/") || i.site === null;
	return (
		<main class="page incident" id="main" data-incident={n}>
			<p class="quiet small inc-number">
				{t("incident.number", { n })} · {clockSeconds(now.value)}
			</p>
			<Head i={i} />
			<Now i={i} />
			<Buttons i={i} />
			{i.state === "closed" && mayAct() && <Verdict i={i} />}
			<Why i={i} />
			<Known i={i} />
			{isDevice && detail.data && <LateCharts i={i} />}
		</main>
	);
}
