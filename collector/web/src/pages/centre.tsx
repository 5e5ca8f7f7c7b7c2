// A centre: can it answer, its seats one by one, its incidents, its devices.
import { useEffect } from "preact/hooks";
import { dayOf, startDay } from "../lib/day";
import { number } from "../lib/format";
import { t } from "../lib/i18n";
import { listen, minute, shown, status } from "../lib/live";
import { query, setQuery } from "../lib/router";
import type { Device, EntityState, Seat, Site } from "../lib/types";
import { alarmWord, minutesLeft, shortId } from "../lib/words";
import { IncidentRows } from "../ui/incident_rows";
import { ErrorNote } from "../ui/load";
import { usePaged } from "../ui/paged";
import { CapacityMark, DeviceMark, Shape, type Look } from "../ui/state";
import { HourAxis, Strip } from "../ui/strip";
import { VirtualList } from "../ui/virtual";

export const SEAT_LOOK: Record<Seat["state"], Look> = { ready: "full", not_ready: "critical", unknown: "unknown" };
const CLASSES = ["ups", "workstation", "headset", "phone", "pbx", "trunk", "ivr", "service", "link", "network"];

function Seats({ site }: { site: string }) {
	const seats = usePaged<Seat>("/seats", "seats", { site }, (h) =>
		h.type === "capacity" && h.data.site === site,
	);
	useEffect(() => {
		if (!seats.done) seats.more();
	}, [seats.items.length, seats.done]);
	if (seats.done && !seats.items.length) return <p class="empty">{t("centre.no_seats")}</p>;
	return (
		<>
			<ErrorNote error={seats.error} />
			<ul class="seats">
				{seats.items.map((s) => (
					<li key={s.id}>
						<a class={`seat q-${s.state}`} href={`/seat/${s.id}`} data-row>
							<Shape look={SEAT_LOOK[s.state]} />
							<b>{shortId(s.id)}</b>
							<span class="sr">{t(`seat.${s.state}`)}</span>
							{s.limiting && s.state !== "ready" && <span class="lim">{shortId(s.limiting)}</span>}
						</a>
					</li>
				))}
			</ul>
		</>
	);
}

function DeviceRow({ d }: { d: Device }) {
	return (
		<a class="device-row" href={`/device/${d.id}`} data-row>
			<DeviceMark d={d} />
			<span class="name">
				<b>{d.name.includes("/") ? shortId(d.name) : d.name}</b>
				{d.alarms.length > 0 && <span> · {alarmWord(d.alarms[0].slice(d.alarms[0].lastIndexOf("/") + 1))}</span>}
				<span class="quiet"> {[d.vendor, d.model].filter(Boolean).join(" ")}</span>
			</span>
			<span class="quiet class">{t(`class.${d.class}`)}</span>
		</a>
	);
}

function Devices({ site }: { site: string }) {
	const cls = query.value.get("class");
	const list = usePaged<Device>("/devices", "devices", { site, class: cls });
	useEffect(
		() =>
			listen((h) => {
				if (h.type === "alarm") {
					const { entity, alarm, state } = h.data;
					const others = (d: Device) => d.alarms.filter((a) => a !== alarm);
					list.patch((all) => all.map((d) => (d.id === entity ? { ...d, alarms: state === "cleared" ? others(d) : [...others(d), alarm] } : d)));
				}
				if (h.type !== "state" || h.data.kind !== "device") return;
				const { entity, state, since } = h.data;
				list.patch((all) => all.map((d) => (d.id === entity ? { ...d, state: state as EntityState, since } : d)));
			}),
		[site, cls],
	);
	return (
		<section class="section">
			<h2>{t("centre.devices")}</h2>
			<div class="chips">
				<button class="chip" aria-pressed={!cls} onClick={() => setQuery({ class: null })}>
					{t("all")}
				</button>
				{CLASSES.map((c) => (
					<button class="chip" key={c} aria-pressed={c === cls} onClick={() => setQuery({ class: c })}>
						{t(`class.${c}`)}
					</button>
				))}
			</div>
			<ErrorNote error={list.error} />
			<VirtualList
				items={list.items}
				height={44}
				keyOf={(d) => d.id}
				row={(d) => <DeviceRow d={d} />}
				onEnd={list.done ? undefined : list.more}
				label={t("centre.devices")}
			/>
			{list.done && !list.items.length && <p class="empty">{t("centre.none")}</p>}
		</section>
	);
}

function Answer({ s }: { s: Site }) {
	const c = s.capacity;
	const left = minutesLeft(c);
	return (
		<section class="answer">
			<p class="big">
				<b>{number(c.seats_ready)}</b>
				<span class="quiet"> / {number(c.seats_total)}</span>
			</p>
			<p>
				{t("centre.ready")}
				<br />
				<span class="quiet">{t("centre.minimum", { n: s.minimum_seats })}</span>
				{c.seats_unknown > 0 && <span class="quiet"> · {t("wall.unknown", { seats: c.seats_unknown })}</span>}
				{left && (
					<>
						<br />
						{t("wall.on_ups", { left })}
					</>
				)}
				{c.limiting && c.state !== "full" && (
					<>
						<br />
						<a href={`/device/${c.limiting}`}>{t("wall.limited", { what: shortId(c.limiting) })}</a>
					</>
				)}
			</p>
		</section>
	);
}

export default function Centre({ id }: { id: string }) {
	useEffect(startDay, []);
	const s = status.value?.sites.find((x) => x.id === id);
	if (!s)
		return (
			<main class="page" id="main">
				<p class="quiet">{status.value ? t("error.gone") : t("wall.waiting")}</p>
			</main>
		);
	const until = minute.value + 60e3;
	const here = shown.value.filter((i) => i.site === id);
	return (
		<main class="page" id="main">
			<header class="title">
				<h1>{s.name}</h1>
				<CapacityMark state={s.capacity.state} />
			</header>
			<Answer s={s} />
			<div class="day">
				<Strip from={until - 86400e3} until={until} stretches={dayOf(id, until)} label={t("wall.day")} />
				<HourAxis from={until - 86400e3} until={until} />
			</div>
			<section class="section">
				<h2>{t("nav.incidents")}</h2>
				<IncidentRows list={here} />
				<p class="small">
					<a href={`/incidents?site=${id}`}>{t("incidents.past")}</a> · <a href={`/uptime?entity=${id}`}>{t("nav.uptime")}</a>
				</p>
			</section>
			<section class="section">
				<h2>{t("centre.seats")}</h2>
				<Seats site={id} />
			</section>
			<Devices site={id} />
		</main>
	);
}
