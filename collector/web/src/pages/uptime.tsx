// Uptime: a bar a day for 90 days, a bar a month for a year, per centre, class, seat and device; every
// percentage with its unknown part, every bar down to the seconds and the incidents behind them.
import { useEffect, useState } from "preact/hooks";
import { PAGE } from "../lib/api";
import { t } from "../lib/i18n";
import { siteName, status } from "../lib/live";
import { query, setQuery } from "../lib/router";
import type { Availability, Seat, UptimeRow } from "../lib/types";
import { shortId } from "../lib/words";
import { HeatMap } from "../ui/heat";
import { ErrorNote, useGet } from "../ui/load";
import { usePaged } from "../ui/paged";
import { BarRow, DAY, EntityBars, Late, midnight, SeatBars, SpanChips, spanOf } from "../ui/uptime_bars";

const SEATS = "seat";
const STEP = 20;

/** The hotline itself: up while any centre can answer. */
function HotlineBars({ monthly }: { monthly: boolean }) {
	const { data, error } = useGet<{ uptime: UptimeRow[] }>("/uptime", { ...spanOf(monthly), only: "sites" });
	const name = t("uptime.hotline");
	return (
		<BarRow head={<a href="/">{name}</a>} label={name} row={data?.uptime.find((r) => r.kind === "hotline")} about={{}} monthly={monthly} error={error}>
			<p class="small quiet">{t("uptime.hotline_means")}</p>
		</BarRow>
	);
}

/** So many of a list, and more of it when somebody asks. */
function useSome<T>(list: { items: T[]; more: () => void }) {
	const [limit, set] = useState(STEP);
	useEffect(() => {
		if (list.items.length < PAGE) list.more();
	}, [list.items.length]);
	const more = list.items.length > limit && (
		<button class="button" onClick={() => set(limit + STEP)}>
			{t("more")}
		</button>
	);
	return { limit, more };
}

/** The devices of a class, the worst first, each with its bars when it is looked at. */
function Devices({ cls, monthly }: { cls: string; monthly: boolean }) {
	const rows = usePaged<Availability>("/availability", "availability", { class: cls, from: spanOf(monthly).from });
	const { limit, more } = useSome(rows);
	return (
		<div class="class-open">
			<ErrorNote error={rows.error} />
			{[...rows.items]
				.sort((a, b) => b.down_s - a.down_s)
				.slice(0, limit)
				.map((r) => (
					<Late key={r.entity}>
						<EntityBars entity={r.entity} kind="device" name={nameOf(r.entity)} monthly={monthly} />
					</Late>
				))}
			{more}
		</div>
	);
}

function Seats({ monthly }: { monthly: boolean }) {
	const rows = usePaged<Seat>("/seats", "seats", {});
	const { limit, more } = useSome(rows);
	return (
		<div class="class-open">
			<ErrorNote error={rows.error} />
			{rows.items.slice(0, limit).map((s) => (
				<Late key={s.id}>
					<SeatBars id={s.id} name={nameOf(s.id)} monthly={monthly} />
				</Late>
			))}
			{more}
		</div>
	);
}

function ClassRow({ row, monthly }: { row: UptimeRow; monthly: boolean }) {
	const [open, set] = useState(false);
	const name = t(`class.${row.id}`);
	const seats = row.id === SEATS;
	const head = (
		<span>
			<b>{name}</b> <span class="quiet">{t(seats ? "uptime.seats" : "uptime.devices", { n: row.members ?? 0 })}</span>
		</span>
	);
	return (
		<BarRow head={head} label={name} row={row} about={{ class: row.id }} monthly={monthly}>
			<button class="chip" aria-expanded={open} onClick={() => set(!open)}>
				{t(seats ? "uptime.each_seat" : "uptime.each")}
			</button>
			{open && (seats ? <Seats monthly={monthly} /> : <Devices cls={row.id} monthly={monthly} />)}
		</BarRow>
	);
}

/** The seats, then the devices class by class, each summed up over its members. */
function Classes({ monthly }: { monthly: boolean }) {
	const { data, error } = useGet<{ uptime: UptimeRow[] }>("/uptime", { ...spanOf(monthly), only: "classes" });
	return (
		<section class="section classes">
			<h2>{t("uptime.classes")}</h2>
			<ErrorNote error={error} />
			{data?.uptime.map((row) => (
				<ClassRow key={row.id + monthly} row={row} monthly={monthly} />
			))}
		</section>
	);
}

const nameOf = (id: string) => (id.includes("/") ? `${siteName(id.split("/")[0])} · ${shortId(id)}` : id);

function Year({ entity, kind }: { entity: string; kind: string }) {
	const from = new Date(midnight() - 364 * DAY).toISOString();
	const { data } = useGet<{ availability: Availability[] }>("/availability", { entity, kind, from, step: 86400 });
	const bars = data?.availability[0]?.bars;
	return bars ? <HeatMap bars={bars} label={`${t("heat.title")}: ${nameOf(entity)}`} /> : null;
}

export default function Uptime() {
	const monthly = query.value.get("by") === "month";
	const one = query.value.get("entity");
	const sites = status.value?.sites ?? [];
	const isSite = sites.some((s) => s.id === one);
	const shown = one
		? [{ entity: one, kind: isSite ? "site" : "device", name: isSite ? siteName(one) : nameOf(one) }]
		: sites.map((s) => ({ entity: s.id, kind: "site", name: s.name }));
	return (
		<main class="page" id="main">
			<header class="title">
				<h1>{t("nav.uptime")}</h1>
				{one && (
					<a class="small" href="/uptime">
						{t("all")}
					</a>
				)}
			</header>
			<SpanChips monthly={monthly} choose={(m) => setQuery({ by: m ? "month" : null })} />
			<p class="small quiet">{t("uptime.tap")}</p>
			{!one && <HotlineBars key={`hotline${monthly}`} monthly={monthly} />}
			{shown.map((s) => (
				<EntityBars key={s.entity + monthly} {...s} monthly={monthly} />
			))}
			{!one && <Classes monthly={monthly} />}
			<section class="section">
				<h2>{t("heat.title")}</h2>
				{(one ? shown : shown.slice(0, 12)).map((s) => (
					<div class="heat-row" key={s.entity}>
						<h3>{s.name}</h3>
						<Year entity={s.entity} kind={s.kind} />
					</div>
				))}
			</section>
		</main>
	);
}
