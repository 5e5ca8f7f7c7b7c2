// What wakes nobody for a while: what is silenced and what will be, a form to say more in advance, and
// before it is said what it would hide.
import { useEffect, useState } from "preact/hooks";
import { complain, named, say } from "../lib/acts";
import { get, mayAct, Problem, remove } from "../lib/api";
import { dayTime, fromLocal, span, toLocal } from "../lib/format";
import { t } from "../lib/i18n";
import { minute, personName } from "../lib/live";
import type { Silence, SilenceScope } from "../lib/types";
import { alarmWord, entityWord, placeWord } from "../lib/words";
import { ErrorNote, useGet } from "./load";
import { State } from "./state";
import { firstTarget, TargetField } from "./target_field";

const HOURS = [1, 4, 8, 24];
const HOUR = 3600e3;
const LONGEST = 31 * 24 * HOUR;
const SHOWN = 5;
const TYPING_MS = 250;

type Preview = { scope: SilenceScope | null; error: Problem | null };

/** The scope of what stands in the form, once the typing rests. */
function useScope(target: string, code: string): Preview {
	const [preview, set] = useState<Preview>({ scope: null, error: null });
	useEffect(() => {
		let alive = true;
		if (!target) return set({ scope: null, error: null });
		const timer = setTimeout(
			() =>
				get<SilenceScope>("/silences/preview", { target, code }).then(
					(scope) => alive && set({ scope, error: null }),
					(error) => alive && set({ scope: null, error }),
				),
			TYPING_MS,
		);
		return () => {
			alive = false;
			clearTimeout(timer);
		};
	}, [target, code, minute.value]);
	return preview;
}

function WouldHide({ scope, code }: { scope: SilenceScope; code: string }) {
	const rest = scope.n_alarms - Math.min(SHOWN, scope.alarms.length);
	return (
		<>
			<p>
				{t(code ? "silence.covers_one" : "silence.covers_all", { n: scope.things, what: alarmWord(code) })}{" "}
				{scope.n_alarms ? t("silence.hides", { n: scope.n_alarms }) : t("silence.hides_none")}{" "}
				{scope.past !== null && t("silence.past", { n: scope.past })}
			</p>
			{scope.alarms.length > 0 && (
				<ul class="hidden-alarms">
					{scope.alarms.slice(0, SHOWN).map((a) => (
						<li key={a.id}>
							<b>{entityWord(a.entity)}</b> · {alarmWord(a.code)} <span class="quiet">({t(`severity.${a.severity}`)})</span>
						</li>
					))}
					{rest > 0 && <li class="quiet">{t("silence.hides_more", { n: rest })}</li>}
				</ul>
			)}
			{scope.never.length > 0 && <p class="quiet">{t("silence.never", { what: scope.never.map(alarmWord).join("; ") })}</p>}
		</>
	);
}

function Codes({ scope, value, set }: { scope: SilenceScope | null; value: string; set: (code: string) => void }) {
	const codes = scope?.codes ?? [];
	return (
		<label class="field">
			<span>{t("silence.code")}</span>
			<select class="input" value={value} onChange={(e) => set(e.currentTarget.value)}>
				<option value="">{t("silence.every")}</option>
				{(value && !codes.includes(value) ? [value, ...codes] : codes).map((c) => (
					<option key={c} value={c}>
						{alarmWord(c)}
					</option>
				))}
			</select>
		</label>
	);
}

function Span({ from, until, set }: { from: string; until: string; set: (from: string, until: string) => void }) {
	const long = fromLocal(until) - fromLocal(from);
	return (
		<>
			<label class="field">
				<span>{t("maintenance.from")}</span>
				<input class="input" type="datetime-local" required value={from} onInput={(e) => set(e.currentTarget.value, until)} />
			</label>
			<label class="field">
				<span>
					{t("maintenance.until")} {long > 0 && `(${span(long / 1000)})`}
				</span>
				<input class="input" type="datetime-local" required value={until} onInput={(e) => set(from, e.currentTarget.value)} />
			</label>
			<div class="chips span-chips" role="group" aria-label={t("incident.shelve_long")}>
				{HOURS.map((h) => (
					<button type="button" class="chip" key={h} aria-pressed={long === h * HOUR} onClick={() => set(from, toLocal(fromLocal(from) + h * HOUR))}>
						{t("hours", { n: h })}
					</button>
				))}
			</div>
		</>
	);
}

/** Why it cannot be said like this; empty: it can. */
function wrongWith(from: string, until: string): string {
	const long = fromLocal(until) - fromLocal(from);
	if (!(long > 0) || fromLocal(until) <= minute.value) return t("silence.bad_span");
	return long > LONGEST ? t("silence.too_long") : "";
}

function Form({ done }: { done: () => void }) {
	const [target, setTarget] = useState(firstTarget);
	const [code, setCode] = useState("");
	const [[from, until], setSpan] = useState([toLocal(minute.peek()), toLocal(minute.peek() + 4 * HOUR)]);
	const [reason, setReason] = useState("");
	const { scope, error } = useScope(target.trim(), code);
	const wrong = wrongWith(from, until);
	const save = (e: Event) => {
		e.preventDefault();
		named<Silence>("/silences", {
			target: target.trim(),
			code: code || undefined,
			from: new Date(fromLocal(from)).toISOString(),
			until: new Date(fromLocal(until)).toISOString(),
			reason: reason.trim() || undefined,
		}).then(() => (say(t("silence.saved")), setReason(""), done()), complain);
	};
	return (
		<form class="panel form plan-form silence-form" onSubmit={save}>
			<TargetField id="silence-targets" value={target} set={(v) => (setTarget(v), setCode(""))} />
			<Codes scope={scope} value={code} set={setCode} />
			<Span from={from} until={until} set={(a, b) => setSpan([a, b])} />
			<label class="field">
				<span>{t("reason")}</span>
				<input class="input" maxLength={200} value={reason} onInput={(e) => setReason(e.currentTarget.value)} />
			</label>
			<div class="preview small" role="status">
				<ErrorNote error={error} />
				{wrong && <p class="error">{wrong}</p>}
				{scope && <WouldHide scope={scope} code={code} />}
			</div>
			<div class="actions">
				<button class="button main" disabled={!scope || !!wrong}>
					{t("silence.save")}
				</button>
			</div>
		</form>
	);
}

function Row({ s, end }: { s: Silence; end: () => void }) {
	return (
		<li class="window">
			<State look="planned" word={t(s.active ? "silence.running" : "maintenance.coming")} />
			<span>
				<b>{placeWord(s.target)}</b> · {s.code ? alarmWord(s.code) : t("silence.every")}
				{s.reason && ` · ${s.reason}`}
				<br />
				<span class="quiet small">
					{dayTime(Date.parse(s.from))} – {dayTime(Date.parse(s.until))} · {personName(s.by)}
				</span>
			</span>
			{mayAct() && (
				<button class="button" onClick={end}>
					{t(s.active ? "maintenance.end" : "maintenance.cancel")}
				</button>
			)}
		</li>
	);
}

export function Silences() {
	const { data, error, again } = useGet<{ silences: Silence[] }>("/silences", {}, (h) => h.type === "note", 30e3);
	const end = (s: Silence) => remove(`/silences/${s.silence}`).then(() => (say(t("silence.ended")), again()), complain);
	return (
		<section class="section silences">
			<h2>{t("silence.head")}</h2>
			<p class="small quiet">{t("silence.means")}</p>
			<ErrorNote error={error} />
			<ul class="rows">
				{data?.silences.map((s) => (
					<Row key={s.silence} s={s} end={() => end(s)} />
				))}
			</ul>
			{data && !data.silences.length && <p class="empty">{t("silence.none")}</p>}
			{mayAct() && (
				<>
					<h3>{t("silence.new")}</h3>
					<Form done={again} />
				</>
			)}
		</section>
	);
}
