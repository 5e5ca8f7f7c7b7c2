// One seat: can a counsellor answer here, which of its three parts stands in the way, how it was.
import { idPath } from "../lib/api";
import { t } from "../lib/i18n";
import { listenTo, useSeat } from "../ui/use_seat";
import { siteName } from "../lib/live";
import { query, setQuery } from "../lib/router";
import type { Device } from "../lib/types";
import { alarmWord, shortId } from "../lib/words";
import { ErrorNote, useGet } from "../ui/load";
import { metricWord, ReadingValue } from "../ui/reading";
import { DeviceMark, State } from "../ui/state";
import { PlanLink } from "../ui/target_field";
import { SeatBars, SpanChips } from "../ui/uptime_bars";
import { SEAT_LOOK } from "./centre";

function Part({ role, id, limits }: { role: string; id: string | null; limits: boolean }) {
	const { data: d, error } = useGet<Device>(`/devices/${idPath(id ?? "")}`, {}, listenTo(id), 10e3);
	if (!id)
		return (
			<section class="panel part">
				<h2>{t(`class.${role}`)}</h2>
				<p class="quiet">{t("seat.without")}</p>
			</section>
		);
	return (
		<section class={limits ? "panel part limits" : "panel part"}>
			<h2>{t(`class.${role}`)}</h2>
			<p class="part-name">
				<a href={`/device/${id}`}>{shortId(id)}</a> {d && <DeviceMark d={d} />}
			</p>
			{d?.alarms.map((a) => (
				<p key={a}>{alarmWord(a.split("/").pop()!)}</p>
			))}
			<ErrorNote error={error} />
			<dl class="facts small">
				{d?.readings?.slice(0, 8).map((r) => (
					<>
						<dt>{metricWord(r.metric)}</dt>
						<dd>
							<ReadingValue r={r} intervalMs={d.interval_ms} />
						</dd>
					</>
				))}
			</dl>
		</section>
	);
}

function Past({ id }: { id: string }) {
	const monthly = query.value.get("by") === "month";
	return (
		<section class="section">
			<h2>{t("nav.uptime")}</h2>
			<SpanChips monthly={monthly} choose={(m) => setQuery({ by: m ? "month" : null })} />
			<p class="small quiet">{t("uptime.tap")}</p>
			<SeatBars key={id + monthly} id={id} name={t("seat.title", { id: shortId(id) })} monthly={monthly} own />
			<p class="small quiet">
				{t("uptime.seat_means")}
				<PlanLink id={id} />
			</p>
		</section>
	);
}

export default function SeatPage({ id }: { id: string }) {
	const site = id.split("/")[0];
	const { seat, error, gone } = useSeat(site, id);
	return (
		<main class="page" id="main">
			<p class="small">
				<a href={`/centre/${site}`}>{siteName(site)}</a>
			</p>
			<header class="title">
				<h1>{t("seat.title", { id: shortId(id) })}</h1>
				{seat && <State look={SEAT_LOOK[seat.state]} word={t(`seat.${seat.state}`)} />}
			</header>
			<ErrorNote error={error} />
			{gone && <p class="quiet">{t("error.gone")}</p>}
			{seat && (
				<div class="parts">
					{(["workstation", "headset", "phone"] as const).map((role) => (
						<Part key={role} role={role} id={seat[role]} limits={seat.limiting === seat[role] && seat.state !== "ready"} />
					))}
				</div>
			)}
			{seat && <Past id={id} />}
		</main>
	);
}
