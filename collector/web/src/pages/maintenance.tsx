// Planned work: what runs, what comes, on an axis to scale; a form to plan more. Beneath it silences.
import { useState } from "preact/hooks";
import { complain, named, say } from "../lib/acts";
import { idPath, mayAct, remove } from "../lib/api";
import { clock, dayShort, dayTime, fromLocal, span, toLocal, weekday } from "../lib/format";
import { t } from "../lib/i18n";
import { minute, personName } from "../lib/live";
import type { Maintenance } from "../lib/types";
import { ErrorNote, useGet } from "../ui/load";
import { State } from "../ui/state";
import { Scroll } from "../ui/scroll";
import { placeWord } from "../lib/words";
import { Silences } from "../ui/silences";
import { firstTarget, TargetField } from "../ui/target_field";

const DAY = 86400e3;
const AHEAD = 14;

function Plan({ list, from }: { list: Maintenance[]; from: number }) {
	const until = from + AHEAD * DAY;
	const at = (ms: number) => (100 * (Math.min(Math.max(ms, from), until) - from)) / (until - from);
	const days = Array.from({ length: AHEAD }, (_, i) => from + i * DAY);
	return (
		<Scroll label={t("nav.maintenance")}>
			<div class="plan">
				<div class="plan-days" aria-hidden="true">
					{days.map((d) => (
						<span key={d} style={{ left: `${at(d)}%` }}>
							{weekday(d)} {dayShort(d)}
						</span>
					))}
				</div>
				{list.map((m) => (
					<div class="plan-row" key={m.id}>
						<i style={{ left: `${at(Date.parse(m.from))}%`, width: `${Math.max(0.4, at(Date.parse(m.until)) - at(Date.parse(m.from)))}%` }} />
						<span style={{ left: `${Math.min(at(Date.parse(m.until)), 70)}%` }}>{placeWord(m.target)}</span>
					</div>
				))}
			</div>
		</Scroll>
	);
}

function Form({ done }: { done: () => void }) {
	const start = Math.ceil(minute.peek() / 900e3) * 900e3;
	const [target, setTarget] = useState(firstTarget);
	const [from, setFrom] = useState(toLocal(start));
	const [until, setUntil] = useState(toLocal(start + 2 * 3600e3));
	const [reason, setReason] = useState("");
	const long = (fromLocal(until) - fromLocal(from)) / 1000;
	const save = (e: Event) => {
		e.preventDefault();
		named<Maintenance>("/maintenance", {
			target: target.trim(),
			from: new Date(fromLocal(from)).toISOString(),
			until: new Date(fromLocal(until)).toISOString(),
			reason: reason.trim() || undefined,
		}).then(() => (say(t("maintenance.saved")), done()), complain);
	};
	return (
		<form class="panel form plan-form" onSubmit={save}>
			<TargetField id="targets" value={target} set={setTarget} />
			<label class="field">
				<span>{t("maintenance.from")}</span>
				<input class="input" type="datetime-local" required value={from} onInput={(e) => setFrom(e.currentTarget.value)} />
			</label>
			<label class="field">
				<span>
					{t("maintenance.until")} {long > 0 && `(${span(long)})`}
				</span>
				<input class="input" type="datetime-local" required value={until} onInput={(e) => setUntil(e.currentTarget.value)} />
			</label>
			<label class="field">
				<span>{t("reason")}</span>
				<input class="input" maxLength={200} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
			</label>
			<div class="actions">
				<button class="button main" disabled={!(long > 0)}>
					{t("maintenance.save")}
				</button>
			</div>
		</form>
	);
}

function Window({ m, end }: { m: Maintenance; end: () => void }) {
	const from = Date.parse(m.from);
	const until = Date.parse(m.until);
	const sameDay = dayShort(from) === dayShort(until);
	return (
		<li class="window">
			<State look="planned" word={t(m.active ? "maintenance.running" : "maintenance.coming")} />
			<span>
				<b>{placeWord(m.target)}</b>
				{m.reason && ` · ${m.reason}`}
				<br />
				<span class="quiet small">
					{dayTime(from)} – {sameDay ? clock(until) : dayTime(until)} · {span((until - from) / 1000)}
					{m.by && ` · ${personName(m.by)}`}
				</span>
			</span>
			{mayAct() && (
				<button class="button" onClick={end}>
					{t(m.active ? "maintenance.end" : "maintenance.cancel")}
				</button>
			)}
		</li>
	);
}

export default function MaintenancePage() {
	const { data, error, again } = useGet<{ maintenance: Maintenance[] }>("/maintenance", {}, (h) => h.type === "maintenance", 30e3);
	const list = [...(data?.maintenance ?? [])].sort((a, b) => Date.parse(a.from) - Date.parse(b.from));
	const today = Math.floor((minute.value + 7 * 3600e3) / DAY) * DAY - 7 * 3600e3;
	const end = (m: Maintenance) => remove(`/maintenance/${idPath(m.id)}`).then(() => (say(t("maintenance.ended")), again()), complain);
	return (
		<main class="page" id="main">
			<h1>{t("nav.maintenance")}</h1>
			<ErrorNote error={error} />
			<Plan list={list} from={today} />
			<ul class="rows">
				{list.map((m) => (
					<Window key={m.id} m={m} end={() => end(m)} />
				))}
			</ul>
			{data && !list.length && <p class="empty">{t("maintenance.none")}</p>}
			{mayAct() && (
				<section class="section">
					<h2>{t("maintenance.plan")}</h2>
					<Form done={again} />
				</section>
			)}
			<Silences />
		</main>
	);
}
