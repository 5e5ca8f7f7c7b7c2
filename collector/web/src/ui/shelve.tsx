// Hiding an alarm of an incident for a while, seeing how long it is hidden, and taking that back.
import { useState } from "preact/hooks";
import { complain, say, shelve } from "../lib/acts";
import { get, mayAct, PAGE, remove } from "../lib/api";
import { when } from "../lib/format";
import { t } from "../lib/i18n";
import { now, personName } from "../lib/live";
import type { Alarm, Incident, Silence } from "../lib/types";
import { alarmWord, shortId } from "../lib/words";
import { Dialog } from "./dialogs";
import { useGet } from "./load";

const HOURS = [1, 4, 8, 24];

export function ShelveDialog({ i, onClose }: { i: Incident; onClose: () => void }) {
	const [alarm, setAlarm] = useState(i.alarms[0]);
	const [hours, setHours] = useState(1);
	const [reason, setReason] = useState("");
	const save = (e: Event) => {
		e.preventDefault();
		get<{ alarms: Alarm[] }>("/alarms", { site: i.site, limit: PAGE })
			.then((r) => {
				const found = r.alarms.find((a) => a.alarm === alarm);
				if (!found) throw new Error(t("incident.shelve_gone"));
				return shelve(found.id, hours * 3600, reason.trim());
			})
			.then(() => (say(t("incident.shelved", { hours })), onClose()), complain);
	};
	return (
		<Dialog label={t("incident.shelve")} onClose={onClose}>
			<form onSubmit={save}>
				<label class="field">
					<span>{t("incident.shelve_what")}</span>
					<select class="input" value={alarm} onChange={(e) => setAlarm(e.currentTarget.value)}>
						{i.alarms.map((a) => (
							<option key={a} value={a}>
								{shortId(a.slice(0, a.lastIndexOf("/")))} · {alarmWord(a.slice(a.lastIndexOf("/") + 1))}
							</option>
						))}
					</select>
				</label>
				<div class="field" role="group" aria-label={t("incident.shelve_long")}>
					<span>{t("incident.shelve_long")}</span>
					<div class="chips">
						{HOURS.map((h) => (
							<button type="button" class="chip" key={h} aria-pressed={h === hours} onClick={() => setHours(h)}>
								{t("hours", { n: h })}
							</button>
						))}
					</div>
				</div>
				<label class="field">
					<span>{t("reason")}</span>
					<input class="input" maxLength={200} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
				</label>
				<div class="actions">
					<button class="button main">{t("incident.shelve")}</button>
					<button type="button" class="button" onClick={onClose}>
						{t("cancel")}
					</button>
				</div>
			</form>
		</Dialog>
	);
}

/** The silences that hide alarms of it; one of the whole centre is none of its own. */
const hiding = (i: Incident, all: Silence[]) =>
	all.filter((s) => s.active && i.alarms.some((a) => a === `${s.target}/${s.code}` || (!s.code && i.entities.includes(s.target) && s.target !== i.site)));

/** How long it stays hidden, and the way back; where it is the whole centre, the page that says so. */
export function Hidden({ i }: { i: Incident }) {
	const { data, again } = useGet<{ silences: Silence[] }>("/silences", {}, (h) => h.type === "note");
	if (!data) return null;
	const mine = hiding(i, data.silences);
	if (!mine.length)
		return (
			<p class="hidden-by">
				<a href="/maintenance">{t("incident.hidden_centre")}</a>
			</p>
		);
	const end = () =>
		Promise.all(mine.map((s) => remove(`/silences/${s.silence}`))).then(() => (say(t("silence.ended")), again()), complain);
	const last = mine.reduce((a, b) => (Date.parse(a.until) > Date.parse(b.until) ? a : b));
	return (
		<div class="hidden-by">
			<p>
				{t("incident.hidden", { until: when(Date.parse(last.until), now.value), who: personName(last.by) })}
				{last.reason && ` · ${last.reason}`}
			</p>
			{mayAct() && (
				<button class="button" onClick={end}>
					{t("incident.unshelve")}
				</button>
			)}
		</div>
	);
}
